"""A Qt window with menus, submenus and a dialog; prints its state as JSON whenever it changes."""

import json
import sys

from PyQt5.QtWidgets import *

app = QApplication(sys.argv)
app.setStyle("Fusion")
S = dict(zoom="100%", ruler=False, status=True, wrap=False, tab=4, quote="Double")


def show():
    print(json.dumps(S), flush=True)


w = QMainWindow()
w.setWindowTitle("Writer")
w.resize(640, 420)
w.setCentralWidget(QTextEdit())
fm = w.menuBar().addMenu("&File")
fm.addAction("&New")
fm.addAction("&Open...")
fm.addSeparator()
fm.addAction("&Quit", w.close)
em = w.menuBar().addMenu("&Edit")
em.addAction("Undo")
em.addAction("Redo")
vm = w.menuBar().addMenu("&View")
z = vm.addMenu("&Zoom")


def zoom(v):
    S["zoom"] = v
    show()


for v in ("75%", "100%", "150%", "200%"):
    z.addAction(v, lambda v=v: zoom(v))
ra = vm.addAction("Show &ruler")
ra.setCheckable(True)
ra.toggled.connect(lambda v: (S.update(ruler=v), show()))
sa = vm.addAction("Show &status bar")
sa.setCheckable(True)
sa.setChecked(True)
sa.toggled.connect(lambda v: (S.update(status=v), show()))


def prefs():
    d = QDialog(w)
    d.setWindowTitle("Preferences")
    f = QFormLayout(d)
    c = QCheckBox("Wrap long lines")
    c.setChecked(S["wrap"])
    s = QSpinBox()
    s.setValue(S["tab"])
    q = QComboBox()
    q.addItems(["Double", "Single", "Guillemets"])
    f.addRow(c)
    f.addRow("Tab width:", s)
    f.addRow("Quotation marks:", q)
    b = QDialogButtonBox(QDialogButtonBox.Ok | QDialogButtonBox.Cancel)
    f.addRow(b)
    b.accepted.connect(d.accept)
    b.rejected.connect(d.reject)
    if d.exec_():
        S.update(wrap=c.isChecked(), tab=s.value(), quote=q.currentText())
        show()


tm = w.menuBar().addMenu("&Tools")
tm.addAction("Spelling...")
tm.addAction("&Preferences...", prefs)
tb = w.addToolBar("Main")
for t in ("Bold", "Italic", "Underline"):
    tb.addAction(t)
w.statusBar().showMessage("Ready")
w.show()
app.exec_()
