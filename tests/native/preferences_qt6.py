"""A dark Qt dialog with three tabs; prints its values as JSON."""

import json
import sys

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QPalette
from PyQt6.QtWidgets import *

app = QApplication(sys.argv)
app.setStyle("Fusion")
p = QPalette()
for role, c in (
    (QPalette.ColorRole.Window, "#353535"),
    (QPalette.ColorRole.WindowText, "#ffffff"),
    (QPalette.ColorRole.Base, "#232323"),
    (QPalette.ColorRole.Text, "#ffffff"),
    (QPalette.ColorRole.Button, "#353535"),
    (QPalette.ColorRole.ButtonText, "#ffffff"),
    (QPalette.ColorRole.Highlight, "#2a82da"),
    (QPalette.ColorRole.AlternateBase, "#353535"),
):
    p.setColor(role, QColor(c))
app.setPalette(p)
d = QDialog()
d.setWindowTitle("Preferences")
d.resize(520, 360)
tabs = QTabWidget()
g = QWidget()
gf = QFormLayout(g)
user = QLineEdit("guest")
lang = QComboBox()
lang.addItems(["English", "Deutsch", "Français", "Polski"])
auto = QCheckBox("Save automatically")
every = QSpinBox()
every.setRange(1, 120)
every.setValue(5)
every.setSuffix(" min")
back = QCheckBox("Keep backup copies")
back.setChecked(True)
gf.addRow("User name:", user)
gf.addRow("Language:", lang)
gf.addRow(auto)
gf.addRow("Interval:", every)
gf.addRow(back)
n = QWidget()
nf = QFormLayout(n)
host = QLineEdit()
port = QSpinBox()
port.setRange(1, 65535)
port.setValue(8080)
direct = QRadioButton("Direct connection")
sysp = QRadioButton("System proxy")
man = QRadioButton("Manual proxy")
direct.setChecked(True)
nf.addRow(direct)
nf.addRow(sysp)
nf.addRow(man)
nf.addRow("Proxy host:", host)
nf.addRow("Proxy port:", port)
a = QWidget()
af = QFormLayout(a)
theme = QComboBox()
theme.addItems(["Light", "Dark", "High contrast"])
opacity = QSlider(Qt.Orientation.Horizontal)
opacity.setRange(0, 100)
opacity.setValue(100)
tool = QCheckBox("Show toolbar")
tool.setChecked(True)
status = QCheckBox("Show status bar")
af.addRow("Theme:", theme)
af.addRow("Opacity:", opacity)
af.addRow(tool)
af.addRow(status)
tabs.addTab(g, "General")
tabs.addTab(n, "Network")
tabs.addTab(a, "Appearance")
bb = QDialogButtonBox(
    QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel | QDialogButtonBox.StandardButton.Apply
)
lay = QVBoxLayout(d)
lay.addWidget(tabs)
lay.addWidget(bb)
bb.accepted.connect(d.accept)
bb.rejected.connect(d.reject)
if d.exec():
    print(
        json.dumps(
            dict(
                user=user.text(),
                lang=lang.currentText(),
                auto=auto.isChecked(),
                every=every.value(),
                back=back.isChecked(),
                host=host.text(),
                port=port.value(),
                proxy="direct" if direct.isChecked() else "system" if sysp.isChecked() else "manual",
                theme=theme.currentText(),
                opacity=opacity.value(),
                tool=tool.isChecked(),
                status=status.isChecked(),
            )
        ),
        flush=True,
    )
