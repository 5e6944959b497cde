"""A form in a Qt dialog (Fusion) with a date, numbers with units and a group; prints its values as JSON."""

import json
import sys

from PyQt5.QtCore import QDate
from PyQt5.QtWidgets import *

app = QApplication(sys.argv)
app.setStyle("Fusion")
d = QDialog()
d.setWindowTitle("New employee")
form = QFormLayout()
name = QLineEdit()
mail = QLineEdit()
mail.setPlaceholderText("name@example.com")
dept = QComboBox()
dept.addItems(["Accounting", "Engineering", "Marketing", "Sales", "Support"])
start = QDateEdit(QDate(2026, 1, 1))
start.setDisplayFormat("dd.MM.yyyy")
start.setCalendarPopup(True)
hours = QSpinBox()
hours.setRange(0, 60)
hours.setSuffix(" h")
hours.setValue(40)
salary = QDoubleSpinBox()
salary.setRange(0, 99999)
salary.setDecimals(2)
salary.setPrefix("€ ")
remote = QCheckBox("Works &remotely")
key = QCheckBox("Gets a &key")
key.setChecked(True)
notes = QPlainTextEdit()
notes.setMaximumHeight(70)
form.addRow("Full &name:", name)
form.addRow("&E-mail:", mail)
form.addRow("&Department:", dept)
form.addRow("&Start date:", start)
form.addRow("&Hours per week:", hours)
form.addRow("Sa&lary:", salary)
form.addRow("", remote)
form.addRow("", key)
box = QGroupBox("Contract")
row = QHBoxLayout(box)
radios = []
for t in ("Permanent", "Fixed term", "Freelance"):
    r = QRadioButton(t)
    row.addWidget(r)
    radios.append(r)
radios[0].setChecked(True)
form.addRow(box)
form.addRow("N&otes:", notes)
bb = QDialogButtonBox(QDialogButtonBox.Ok | QDialogButtonBox.Cancel)
lay = QVBoxLayout(d)
lay.addLayout(form)
lay.addWidget(bb)
bb.accepted.connect(d.accept)
bb.rejected.connect(d.reject)
if d.exec_():
    print(
        json.dumps(
            dict(
                name=name.text(),
                mail=mail.text(),
                dept=dept.currentText(),
                start=start.date().toString("yyyy-MM-dd"),
                hours=hours.value(),
                salary=salary.value(),
                remote=remote.isChecked(),
                key=key.isChecked(),
                contract=next(r.text() for r in radios if r.isChecked()),
                notes=notes.toPlainText(),
            )
        ),
        flush=True,
    )
