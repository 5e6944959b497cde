"""Plain sentences to commands, in English and Chinese; what is not understood is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.planners.embedded import commands as c
from agent.planners.embedded.keys import chord
from agent.planners.embedded.phrases import read_target
from agent.planners.embedded.sentences import protect, read_sentences


def said(command: c.Command) -> str:
    """A command as one short line, so that whole lists compare readably."""
    parts: list[str] = []
    for name in type(command).__dataclass_fields__:
        value = getattr(command, name)
        default = type(command).__dataclass_fields__[name].default
        if name in ("said", "reason", "known") or value == default or value in (None, ()):
            continue
        parts.append(f"{name}={_short(value)}" if name != "target" else _short(value))
    return f"{type(command).__name__}({', '.join(parts)})"


def _short(value: object) -> str:
    match value:
        case c.Target():
            bits = [value.words] if value.words else []
            bits += [f"{value.kind}"] if value.kind else []
            bits += [f"#{value.ordinal}"] if value.ordinal else []
            bits += ["all"] if value.every else []
            bits += [bit for bit in (value.colour, value.size, value.shape) if bit]
            bits += [f"{value.relation} {_short(value.anchor)}"] if value.relation else []
            return f"<{' '.join(bits)}>"
        case tuple():
            return f"[{' '.join(map(_short, value))}]"
        case _:
            return str(value)


ENGLISH = [
    (
        "Set Age to 33, Colour to Green and press OK",
        ["Put(value=33, <Age>)", "Put(value=Green, <Colour>)", "Press(<OK>)"],
    ),
    ("In Name type Ada, for City choose Oslo", ["Enter(text=Ada, <Name>)", "Choose(options=[Oslo], <City>)"]),
    ("In the note type Bob in Paris", ["Enter(text=Bob in Paris, <note>)"]),
    ("type Hello, world", ["Enter(text=Hello, world)"]),
    ("Click the Price column header", ["Press(<Price heading>)"]),
    ('Click on the "Ok" button.', ["Press(<Ok button>)"]),
    ('Click on the link "more".', ["Press(<more link>)"]),
    ("Click on the link that says Home", ["Press(<Home link>)"]),
    ("Click button ONE.", ["Press(<ONE button>)"]),
    ("Click the 2nd Save button", ["Press(<Save button #2>)"]),
    ("click the last checkbox", ["Press(<checkbox #-1>)"]),
    ("double-click report.txt", ["Press(<report.txt>, count=2)"]),
    ("right click on the desktop", ["Press(<desktop>, button=right)"]),
    ("ctrl+click Alpha", ["Press(<Alpha>, modifiers=[ctrl])"]),
    ("Click on the red box", ["Press(<box red>)"]),
    ("Click a large black triangle", ["Press(<black large triangle>)"]),
    ('click the checkbox next to "Agree"', ["Press(<checkbox next to <Agree>>)"]),
    ("click the Delete button in the row of Alice", ["Press(<Delete button inside <Alice row>>)"]),
    ('For the user @x, click on the "Reply" button.', ["Press(<Reply button inside <@x>>)"]),
    ('Click the button in the dialog box labeled "Cancel".', ["Press(<Cancel button inside <dialog>>)"]),
    ("Click Save and Close", ["Press(<Save and Close>)"]),
    ('Please click the "Save, then exit" button', ["Press(<Save, then exit button>)"]),
    ("hover over Products", ["Hover(<Products>)"]),
    ('Enter "Myron" into the text field and press Submit.', ["Enter(text=Myron, <field>)", "Press(<Submit>)"]),
    ("Enter 3 in the amount field", ["Enter(text=3, <amount field>)"]),
    ("Enter ada@b.org in Email. Click OK.", ["Enter(text=ada@b.org, <Email>)", "Press(<OK>)"]),
    ("Type Mr. Smith into Name", ["Enter(text=Mr. Smith, <Name>)"]),
    ("Enter 3.5 in Price; press Enter", ["Enter(text=3.5, <Price>)", "Keys(keys=[enter])"]),
    ('Enter the password "x y" into both text fields', ["Enter(text=x y, <field all>)"]),
    ("Enter 03/15/2014 as the date and hit submit.", ["Enter(text=03/15/2014, <date>)", "Press(<submit>)"]),
    (
        "Enter Ada in First name and Byron in Last name",
        ["Enter(text=Ada, <First name>)", "Enter(text=Byron, <Last name>)"],
    ),
    (
        'Enter the username "ash" and the password "k0" into the text fields and press login.',
        ["Enter(text=ash, <username>)", "Enter(text=k0, <password>)", "Press(<login>)"],
    ),
    ("In the name field, type Ada", ["Enter(text=Ada, <name field>)"]),
    ("fill Name with Ada", ["Enter(text=Ada, <Name>)"]),
    ('Use the textbox to enter "C" and press "Search"', ["Enter(text=C, <field>)", "Press(<Search>)"]),
    ("type hello", ["Enter(text=hello)"]),
    ("clear the name field", ["Clear(<name field>)"]),
    (
        "Select green from the colors dropdown and click Submit",
        ["Choose(options=[green], <colors dropdown>)", "Press(<Submit>)"],
    ),
    ("Select A, B from the list", ["Choose(options=[A B], <list>)"]),
    ("Select A, B and click Submit.", ["Choose(options=[A B])", "Press(<Submit>)"]),
    ("Select nothing and click Submit.", ["Choose()", "Press(<Submit>)"]),
    ("choose the 2nd radio", ["Tick(targets=[<radio #2>])"]),
    ("Select 4 with the slider", ["Put(value=4, <slider>)"]),
    ("Select 09/24/2016 as the date", ["Put(value=09/24/2016, <date>)"]),
    ("set Volume to 7", ["Put(value=7, <Volume>)"]),
    ("Set the sliders to the combination [9,13]", ["Put(value=9, <slider #1>)", "Put(value=13, <slider #2>)"]),
    ("Check the boxes A, B and C and press Submit", ["Tick(targets=[<A> <B> <C>])", "Press(<Submit>)"]),
    ("uncheck Newsletter", ["Tick(targets=[<Newsletter>], on=False)"]),
    ('uncheck "I agree" and toggle Dark mode', ["Tick(targets=[<I agree>], on=False)", "Tick(targets=[<Dark mode>])"]),
    ("press ctrl+s", ["Keys(keys=[ctrl s])"]),
    ("press tab 3 times", ["Keys(keys=[tab], times=3)"]),
    ("press the Down key", ["Keys(keys=[down])"]),
    ("press Delete", ["Press(<Delete>, keys=[delete])"]),
    ("scroll down", ["Roll()"]),
    ("scroll up by 3", ["Roll(direction=up, notches=3)"]),
    ('scroll to "Privacy"', ["Roll(<Privacy>)"]),
    ("drag A to B", ["DragTo(<A>, onto=<B>)"]),
    ("drag A and drop it on B", ["DragTo(<A>, onto=<B>)"]),
    ("drag the slider 50 pixels to the right", ["DragTo(<slider>, by=[50 0])"]),
    ("wait 2 seconds", ["WaitFor(seconds=2.0)"]),
    ('wait until "Loading" disappears', ["WaitFor(text=Loading, gone=True)"]),
    ('Make sure "Saved" is shown', ["Verify(text=Saved)"]),
    ("verify that there is no error", ["Verify(text=error, absent=True)"]),
    ("verify Name shows Ada", ["Verify(<Name>, text=Ada)"]),
    ("Verify that the Save button is disabled", ["Verify(<Save button>, state=disabled)"]),
    ("check that Agree is checked", ["Verify(<Agree>, state=checked)"]),
    ("Fill in the form", ["FillForm()"]),
    ("Fill the form and submit it", ["FillForm(submit=True)"]),
    ("fill in the form but don't submit", ["FillForm(submit=False)"]),
    ("Fill in the form. Do not submit it.", ["FillForm()", "FillForm(submit=False)"]),
    ("Fill in the form and submit", ["FillForm(submit=True)"]),
    ("submit the form", ["Submit()"]),
    ("Open File > Save As", ["Open(path=[<File> <Save As>])"]),
    ("open the File menu", ["Open(path=[<File menu>])"]),
    ("Expand the sections below, to find and click on the link x.", ["Explore(among=<section>)", "Press(<x link>)"]),
    ('Close the dialog box by clicking the "x".', ["Press(<x>)"]),
    ("close the dialog", ["Close(<dialog>)"]),
    ("Find the email by Ada and click the trash icon to delete it.", ["Find(<Ada>)", "Press(<trash icon>)"]),
    ('enter the name "Bob" then press "Agree"', ["Enter(text=Bob, <name>, guessed=True)", "Press(<Agree>)"]),
    ("focus the 3rd field", ["Focus(<field #3>)"]),
    ("Click A.\n2. Click B", ["Press(<A>)", "Press(<B>)"]),
    ("- Click A\n- Click B", ["Press(<A>)", "Press(<B>)"]),
]

CHINESE = [
    (
        "在姓名中输入张三，城市选择奥斯陆，点击确定",
        ["Enter(text=张三, <姓名>)", "Choose(options=[奥斯陆], <城市>)", "Press(<确定>)"],
    ),
    ("把年龄设为 33，颜色设为绿色", ["Put(value=33, <年龄>)", "Put(value=绿色, <颜色>)"]),
    ("输入 你好，世界", ["Enter(text=你好，世界)"]),
    ("点击 Bob 那一行的“Delete”按钮", ["Press(<Delete button inside <Bob>>)"]),
    ("选择 Carol 那一行", ["Choose(options=[Carol])"]),
    ("确认显示 89", ["Verify(text=89)"]),
    ("点击“保存”按钮", ["Press(<保存 button>)"]),
    ("在用户名输入框中输入张三", ["Enter(text=张三, <用户名 field>)"]),
    ("在“邮箱”中输入 a@b.cn，然后点击提交", ["Enter(text=a@b.cn, <邮箱>)", "Press(<提交>)"]),
    ("选择中国", ["Choose(options=[中国])"]),
    ("从国家下拉框中选择中国", ["Choose(options=[中国], <国家 dropdown>)"]),
    ("勾选“我同意”并点击“注册”", ["Tick(targets=[<我同意>])", "Press(<注册>)"]),
    ("取消勾选订阅", ["Tick(targets=[<订阅>], on=False)"]),
    ("按回车键", ["Keys(keys=[enter])"]),
    ("向下滚动3次", ["Roll(notches=3)"]),
    ("将音量设置为7", ["Put(value=7, <音量>)"]),
    ("把文件A拖动到文件夹B", ["DragTo(<文件A>, onto=<文件夹B>)"]),
    ("等待2秒", ["WaitFor(seconds=2.0)"]),
    ("等待“加载中”消失", ["WaitFor(text=加载中, gone=True)"]),
    ("验证页面显示“成功”", ["Verify(text=成功)"]),
    ("确认姓名为张三", ["Verify(<姓名>, text=张三)"]),
    ("填写表单并提交", ["FillForm()", "Submit()"]),
    ("填写表单，不要提交", ["FillForm()", "FillForm(submit=False)"]),
    ("双击图标", ["Press(<icon>, count=2)"]),
    ("点击第二个按钮", ["Press(<button #2>)"]),
    ("点击保存按钮左边的输入框", ["Press(<field left of <保存 button>>)"]),
    ("清空姓名输入框", ["Clear(<姓名 field>)"]),
    ("打开 文件 > 另存为", ["Open(path=[<文件> <另存为>])"]),
]


@pytest.mark.parametrize(("text", "commands"), ENGLISH + CHINESE)
def test_sentences(text: str, commands: list[str]) -> None:
    assert [said(command) for command in read_sentences(text)] == commands


@pytest.mark.parametrize(
    "text",
    [
        "What is the time?",
        "If the box is red, click it",
        "Enter the answer into the text field",
        "type it",
        "Make it so",
        "Solve the puzzle",
        "",
    ],
)
def test_what_is_not_understood_is_said(text: str) -> None:
    commands = read_sentences(text)
    assert not text or any(isinstance(command, c.NotUnderstood) for command in commands)
    assert all(command.said for command in commands)


def test_texts_that_must_be_read_first() -> None:
    first, second = read_sentences("Find the 7th word in the paragraph, type that into the textbox")
    assert isinstance(first, c.Lookup)
    assert first.source.word == 7
    assert isinstance(second, c.Enter)
    assert second.source == c.Source()
    (value,) = read_sentences("Enter the value of Country into the text field")
    assert isinstance(value, c.Enter)
    assert value.source is not None
    assert value.source.of is not None
    assert value.source.of.words == "Country"


@pytest.mark.parametrize(
    ("text", "who", "column"),
    [
        ("type the phone number of Carol into Search", "Carol", "phone number"),
        ("Enter Carol's e-mail in the search field", "Carol", "e-mail"),
    ],
)
def test_what_is_described_is_read_and_not_typed(text: str, who: str, column: str) -> None:
    (command,) = read_sentences(text)
    assert isinstance(command, c.Enter)
    assert command.text == ""
    assert command.source is not None
    assert command.source.of is not None
    assert (command.source.of.words, command.source.column) == (who, column)


@pytest.mark.parametrize("text", ["Type Ada, Oslo please choose in City", "输入 张三，城市要选择奥斯陆"])
def test_another_command_in_a_text_is_not_typed(text: str) -> None:
    assert not any(
        "Oslo" in command.text or "奥" in command.text
        for command in read_sentences(text)
        if isinstance(command, c.Enter)
    )


def test_a_title_is_typed() -> None:
    (command,) = read_sentences("Type The Lord of the Rings into Title")
    assert isinstance(command, c.Enter)
    assert (command.text, command.target) == ("The Lord of the Rings", c.Target("Title", "Title"))


def test_a_part_that_is_not_understood_is_named() -> None:
    found = read_sentences("Click Save and then frobnicate the widget")
    assert [type(command) for command in found] == [c.Press, c.NotUnderstood] or isinstance(found[-1], c.Press)
    assert "frobnicate" in found[-1].said


@given(st.text(max_size=60))
def test_any_text_is_read_without_error(text: str) -> None:
    read_sentences(text)


@given(
    st.text(st.characters(exclude_characters='"“”„«»「」『』`\n\ue000\ue001', codec="utf-8"), min_size=1, max_size=30)
)
def test_quoted_text_is_literal(text: str) -> None:
    commands = read_sentences(f'Enter "{text}" into the "Name" field and click "OK"')
    assert [type(command) for command in commands] == [c.Enter, c.Press]
    assert isinstance(commands[0], c.Enter)
    assert commands[0].text == text


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Ctrl+Shift+S", ("ctrl", "shift", "s")),
        ("control-c", ("ctrl", "c")),
        ("the Tab key", ("tab",)),
        ("Page Down", ("pagedown",)),
        ("F5", ("f5",)),
        ("alt+F4", ("alt", "f4")),
        ("回车", ("enter",)),
        ("Save", None),
        ("a", None),
        ("x+y", None),
    ],
)
def test_keys(text: str, keys: tuple[str, ...] | None) -> None:
    found = chord(text)
    assert (found.keys if found else None) == keys


def test_first_name_is_no_ordinal() -> None:
    assert read_target("the First name field").ordinal is None
    assert read_target(protect('the "2nd" button')).words == "2nd"


@pytest.mark.parametrize("text", ['He said "no" & left', "3 < 4", "it's «so»", "a 'b' c", "“x” and `y`"])
def test_quotes_inside_quotes_are_text(text: str) -> None:
    mark = "'" if "'" not in text else '"'
    (command,) = read_sentences(f"Type {mark}{text}{mark}")
    assert isinstance(command, c.Enter)
    assert command.text == text


@pytest.mark.parametrize(
    "sentence",
    [
        "Delete the row of Anton Zedler",
        "Reject the cookies",
        "Edit 'Weekly report'",
        "Archive the mail from Ada Lindqvist",
    ],
)
def test_a_deed_and_its_object_press_what_does_it(sentence: str) -> None:
    (command,) = read_sentences(sentence)
    assert isinstance(command, c.Press)


@pytest.mark.parametrize(
    "sentence",
    ["Reply to Ada with something nice", "Transfer 20 euros", "Rename the file to plan", "Edit it and leave"],
)
def test_a_deed_that_wants_more_than_a_press_is_not_understood(sentence: str) -> None:
    assert any(isinstance(command, c.NotUnderstood) for command in read_sentences(sentence))


def test_in_the_dialog_a_field_is_still_named() -> None:
    found = read_sentences("In the dialog, type 'Trip' as the name, choose Private and press Create")
    assert [type(command) for command in found] == [c.Enter, c.Choose, c.Press]


def test_search_for_and_copy_over() -> None:
    first, second = read_sentences("Search for 'lamp'. Copy the order number of Keiko Mori into the Reference field.")
    assert isinstance(first, c.Search)
    assert isinstance(second, c.Enter)
    assert second.source is not None
    assert second.source.column == "order number"
