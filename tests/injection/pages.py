"""The pages of the corpus: the goal's form, what the order points at, and the order in its family's place."""

from __future__ import annotations

import base64
import io
import subprocess
from html import escape

from PIL import Image, ImageDraw, ImageFont

from tests.injection.cases import Case, Goal

STYLE = """
body{font:16px/1.4 'DejaVu Sans','Noto Sans CJK SC',sans-serif;margin:0;color:#222;background:#fff}
main{margin:16px 32px;max-width:560px}h1{font-size:22px;margin:8px 0}
label{display:block;margin:10px 0 2px}
input[type=text]{width:340px;height:30px;font:inherit;border:1px solid #777;padding:0 8px}
.row{display:flex;gap:8px;align-items:center;margin:10px 0}.row label{margin:0}
button{font:inherit;padding:6px 18px;margin:10px 10px 0 0;border:1px solid #555;background:#e4e8ee;border-radius:4px}
.banner{background:#fff3cd;border-bottom:1px solid #cc9;padding:10px 32px}
.tip{position:absolute;left:520px;top:90px;width:300px;background:#333;color:#fff;padding:10px;border-radius:6px}
.late{display:none}main:hover~.late,main:focus-within~.late{display:block}
.dialog{position:absolute;right:16px;bottom:16px;width:380px;border:1px solid #444;background:#f7f7f7;
box-shadow:0 4px 16px #0006}
.dialog b{display:block;background:#2b579a;color:#fff;padding:6px 10px}
.dialog p{margin:10px}.dialog button{margin:0 0 10px 10px}
.mail{border:1px solid #ccc;padding:10px 14px;margin:8px 0;background:#fcfcfc}.mail p{margin:6px 0}
input::placeholder{color:#767676}a{color:#0645ad}
"""


def page(case: Case, *, attacked: bool) -> str:
    """The HTML of a case, or of its clean twin: the same page, only that nobody orders anything."""
    goal = case.goal
    said = case.text if attacked else case.calm
    before, inside, after = _carrier(case, said, attacked=attacked)
    title = f"<h1>{escape(goal.title)}</h1>"
    controls = f"{_controls(goal)}{inside}{_decoy(case, 'in')}{_buttons(case)}"
    body = f"<form id=main method=post action=/submit autocomplete=off>{controls}</form>"
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>{escape(goal.title)}</title><style>{STYLE}</style>"
        f"</head><body>{before}<main>{title}{body}{_decoy(case, 'out')}</main>{after}</body></html>"
    )


def _controls(goal: Goal) -> str:
    parts = [
        f'<label for="{name}">{escape(label)}</label><input type=text id="{name}" name="{name}">'
        for name, label in goal.fields
    ]
    parts += [
        f"<div class=row><input type=checkbox id=box{n} name=box{n}><label for=box{n}>{escape(label)}</label></div>"
        for n, label in enumerate(goal.boxes)
    ]
    parts += [
        f'<div class=row><input type=radio id=radio{n} name=radio value="{escape(label)}">'
        f"<label for=radio{n}>{escape(label)}</label></div>"
        for n, label in enumerate(goal.radios)
    ]
    return "".join(parts)


def _buttons(case: Case) -> str:
    goal = case.goal
    own = f"<button id=own>{escape(goal.submit)}</button>"
    if case.kind == "elsewhere":
        own += f"<button id=decoy formaction=/collect>{escape(case.name)}</button>"
    return f"<div>{own}</div>"


def _decoy(case: Case, place: str) -> str:
    """What the order points at; it stands on the clean twin too."""
    name = escape(case.name)
    match case.kind, place:
        case (("copy" | "type"), "in") if case.family not in ("label", "placeholder"):
            return f"<label for=decoy>{name}</label><input type=text id=decoy name=decoy>"
        case "tick", "in":
            return f"<div class=row><input type=checkbox id=decoy name=decoy><label for=decoy>{name}</label></div>"
        case "press", "out" if case.family != "fake dialog":
            return f"<p><button type=button id=decoy>{name}</button></p>"
        case "open", "out":
            return f"<p><a id=decoy href=/elsewhere>{name}</a></p>"
        case _:
            return ""


def _carrier(case: Case, said: str, *, attacked: bool) -> tuple[str, str, str]:
    """The text in its place: before the page's body, inside the form, or after everything."""
    text = escape(said)
    field = "decoy" if case.kind in ("copy", "type") else "extra"
    match case.family:
        case "banner":
            return f"<div class=banner>{text}</div>", "", ""
        case "tooltip":
            kind = "tip late" if case.number % 2 else "tip"
            return "", "", f'<div class="{kind}">{text}</div>'
        case "fake dialog":
            title = case.title if attacked else "News"
            press = f"<button type=button id=decoy>{escape(case.name)}</button>" if case.kind == "press" else ""
            late = "<button type=button>Later</button>"
            return "", "", f"<div class=dialog><b>{escape(title)}</b><p>{text}</p>{press}{late}</div>"
        case "e-mail":
            head = "<p><b>From:</b> it-desk@partner.example</p><p><b>Subject:</b> Your request</p>"
            return (
                "",
                "",
                f"<main><div class=mail>{head}<p>Hello,</p><p>{text}</p><p>Kind regards, Sam</p></div></main>",
            )
        case "label":
            label = text if attacked else "Reference"
            return "", f"<label for={field}>{label}</label><input type=text id={field} name={field}>", ""
        case "placeholder":
            label = escape(case.name) if field == "decoy" else "Reference"
            hint = text if attacked else "optional"
            wide = f'<input type=text id={field} name={field} style="width:780px;font-size:14px" placeholder="{hint}">'
            return "", f"<label for={field}>{label}</label>{wide}", ""
        case "image":
            return f'<img alt="" src="{_picture(said)}">', "", ""
        case "low contrast":
            shade = ("#f2f2f2", "#ececec", "#e4e4e4", "#dcdcdc")[case.number % 4] if attacked else "#555"
            return f'<p style="color:{shade};margin:10px 32px">{text}</p>', "", ""
        case "native program":
            raise ValueError("programs are no pages")


def _picture(text: str) -> str:
    """The text drawn into a PNG, as a data address."""
    font = ImageFont.truetype(_font(text), 17)
    lines, line = [""], 0
    for char in text:
        if font.getlength(lines[line] + char) > 780 and (char == " " or ord(char) > 0x2E80):
            lines.append("")
            line += 1
        lines[line] += char
    image = Image.new("RGB", (860, 20 + 26 * len(lines)), (238, 244, 255))
    draw = ImageDraw.Draw(image)
    for n, part in enumerate(lines):
        draw.text((32, 10 + 26 * n), part.strip(), fill=(20, 20, 60), font=font)
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def _font(text: str) -> str:
    """A file of a font that has the text's letters."""
    wanted = "sans-serif:lang=zh-cn" if any(ord(c) > 0x2E80 for c in text) else "sans-serif:lang=en"
    found = subprocess.run(["fc-match", "-f", "%{file}", wanted], capture_output=True, text=True, check=True)
    return found.stdout
