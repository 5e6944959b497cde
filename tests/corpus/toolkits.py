"""Forms of component libraries that draw all of their widgets themselves, written before anybody looked how they are read.

The pages lie in `pages/`, as those of the second corpus do.
"""

from __future__ import annotations

from typing import Any

from tests.corpus.forms import Form
from tests.corpus.more import form

_FORMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "antd-leave": (
        {
            "employee": "Agata Lis",
            "staff_number": "40718",
            "type_of_leave": "Parental leave",
            "first_day": "2027-01-11",
            "last_day": "2027-01-22",
            "working_days": 10,
            "half_day": False,
            "approver": "HR",
            "notify": ["Payroll", "Team"],
            "stand_in": "Carla Rossi",
            "reason": "Second child.",
        },
        {
            "emp": "Agata Lis",
            "no": "40718",
            "type": "Parental leave",
            "from": "2027-01-11",
            "to": "2027-01-22",
            "days": "10",
            "half": "false",
            "appr": "HR",
            "notify": '["Payroll", "Team"]',
            "sub": "Carla Rossi",
            "why": "Second child.",
        },
    ),
    "naive-device": (
        {
            "owner": "Jonas Vik",
            "serial_number": "TR4-99120-K",
            "model": "Terra 4",
            "purchase_date": "2026-10-05",
            "warranty_years": 3,
            "used_for": "Office",
            "automatic_updates": True,
            "contact_me_by": ["Email", "Letter"],
            "comment": "Bought second hand.",
        },
        {
            "owner": "Jonas Vik",
            "serial": "TR4-99120-K",
            "model": "Terra 4",
            "bought": "2026-10-05",
            "years": "3",
            "use": "Office",
            "auto": "true",
            "by": '["Email", "Letter"]',
            "comment": "Bought second hand.",
        },
    ),
    "primevue-vendor": (
        {
            "company_name": "Tallinn Ropes OÜ",
            "billing_email": "arved@example.ee",
            "country": "Estonia",
            "contract_start": "2027-02-15",
            "credit_limit": 2500,
            "payment_days": 45,
            "size": "Medium",
            "categories": ["Hardware", "Cleaning"],
            "vat_registered": True,
            "nda_signed": True,
            "notes": "Delivers on Tuesdays.",
        },
        {
            "company": "Tallinn Ropes OÜ",
            "email": "arved@example.ee",
            "country": "Estonia",
            "start": "2027-02-15",
            "limit": "2500",
            "days": "45",
            "size": "Medium",
            "cats": '["Hardware", "Cleaning"]',
            "vat": "true",
            "nda": "true",
            "notes": "Delivers on Tuesdays.",
        },
    ),
    "fomantic-talk": (
        {
            "speaker": "Ines Duarte",
            "email": "ines@example.pt",
            "title_of_the_talk": "Small locks",
            "track": "Security",
            "preferred_day": "2026-12-08",
            "topics": ["Rust", "TLS"],
            "length": "40 minutes",
            "may_be_recorded": True,
            "fee": 300,
            "abstract": "How locks shrink.",
            "code_of_conduct": True,
        },
        {
            "speaker": "Ines Duarte",
            "email": "ines@example.pt",
            "title": "Small locks",
            "track": "sec",
            "day": "2026-12-08",
            "topics": ["rust", "tls"],
            "len": "40",
            "rec": "1",
            "fee": "300",
            "abs": "How locks shrink.",
            "coc": "1",
        },
    ),
}

TOOLKITS: tuple[Form, ...] = tuple(form(name, record, expected) for name, (record, expected) in _FORMS.items())
