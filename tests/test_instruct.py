"""Carrying sentences out on a pretended screen."""

from __future__ import annotations

from typing import Any

from agent.planners.embedded.planner import EmbeddedPlanner
from agent.schema import Action, Ask, Done, Drag, Fail, PressKeys, Task, Wait
from tests.fakes import Control, FakeScreen, drive, submit_button


def run(text: str, screen: FakeScreen, record: dict[str, Any] | None = None) -> Action:
    end, _ = drive(EmbeddedPlanner(Task(instructions=text, record=record), screen.reread), screen)
    return end


def form() -> FakeScreen:
    return FakeScreen(
        [
            Control("textbox", "Name"),
            Control("textbox", "Email"),
            Control("checkbox", "Newsletter"),
            Control("checkbox", "Terms", checked=True),
            Control("radio", "Red", group="Colour"),
            Control("radio", "Green", group="Colour"),
            Control("combobox", "Country", value="Choose", options=("France", "Germany", "Spain")),
            submit_button(),
        ]
    )


def test_type_tick_choose_and_submit() -> None:
    screen = form()
    end = run(
        "Enter Ada in the name field and ada@b.org in Email. Check Newsletter, uncheck Terms and choose Green."
        " Select Germany from the country dropdown, then click Submit.",
        screen,
    )
    assert isinstance(end, Done), end
    assert screen.submitted == [
        {
            "Name": "Ada",
            "Email": "ada@b.org",
            "Newsletter": True,
            "Terms": False,
            "Colour": "Green",
            "Country": "Germany",
        }
    ]


def test_what_is_already_so_is_not_clicked() -> None:
    screen = form()
    assert isinstance(run("Check Terms", screen), Done)
    assert screen.actions == []


def test_nothing_is_done_if_a_part_is_not_understood() -> None:
    screen = form()
    end = run("Click Submit, then do the usual things", screen)
    assert isinstance(end, Ask)
    assert "usual things" in end.question
    assert screen.actions == []


def test_two_that_fit_are_named_and_neither_is_clicked() -> None:
    screen = FakeScreen([Control("button", "Save"), Control("button", "Save")])
    end = run("Click Save", screen)
    assert isinstance(end, Ask)
    assert len(end.candidates) == 2
    assert screen.actions == []


def test_what_is_missing_is_looked_for_and_then_asked_about() -> None:
    screen = form()
    end = run("Click Frobnicate", screen)
    assert isinstance(end, Ask)
    assert "Frobnicate" in end.question


def test_below_the_fold_is_scrolled_to() -> None:
    screen = FakeScreen([*(Control("textbox", f"Field {n}") for n in range(20)), submit_button("Finish")])
    assert isinstance(run("Click Finish", screen), Done)
    assert len(screen.submitted) == 1


def test_verify_passes_and_fails_with_what_was_seen() -> None:
    screen = form()
    screen.controls[0].value = "Ada"
    assert isinstance(run("Verify that Name shows Ada. Make sure Terms is checked", screen), Done)
    end = run("Verify that Name shows Bob", screen)
    assert isinstance(end, Fail)
    assert "Ada" in end.reason
    assert "Bob" in end.reason
    assert isinstance(run("Verify that Newsletter is checked", screen), Fail)


def test_wait_until_a_text_shows() -> None:
    screen = form()
    seen: list[float] = []
    perform = screen.perform

    def later(action: Action) -> Any:
        if isinstance(action, Wait):
            seen.append(action.seconds)
            if len(seen) == 3:
                screen.texts.append(Control("text", "Ready", top=400))
        return perform(action)

    screen.perform = later  # type: ignore[method-assign]
    assert isinstance(run('Wait until "Ready" appears', screen), Done)
    assert len(seen) == 3


def test_the_form_is_filled_from_the_record_but_not_sent() -> None:
    screen = form()
    end = run("Fill in the form but don't submit", screen, {"name": "Ada", "email": "a@b.org"})
    assert isinstance(end, Done), end
    assert screen.submitted == []
    assert screen.data()["Name"] == "Ada"


def test_the_form_is_filled_and_sent() -> None:
    screen = form()
    end = run("Fill in the form and submit it.", screen, {"name": "Ada", "email": "a@b.org"})
    assert isinstance(end, Done), end
    assert screen.submitted[0]["Email"] == "a@b.org"


def test_no_record_is_bad_input() -> None:
    end = run("Fill in the form", form())
    assert isinstance(end, Fail)
    assert end.status == "bad_input"


def test_keys_and_drag() -> None:
    screen = form()
    run("Press ctrl+s, then press tab 2 times", screen)
    assert [(a.keys, a.times) for a in screen.actions if isinstance(a, PressKeys)] == [
        (("ctrl", "s"), 1),
        (("tab",), 2),
    ]
    run("Drag Submit to Newsletter", screen)
    assert any(isinstance(a, Drag) for a in screen.actions)


def test_a_key_and_a_button_of_that_name_are_asked_about() -> None:
    screen = FakeScreen([Control("button", "Delete")])
    assert isinstance(run("press Delete", screen), Ask)
    assert isinstance(run("press the Delete key", screen), Done)


def test_a_password_is_not_named_in_the_thoughts() -> None:
    screen = FakeScreen([Control("textbox", "Password", secret=True)])
    planner = EmbeddedPlanner(Task(instructions='Enter "hunter2" into the password field'), screen.reread)
    end, steps = drive(planner, screen)
    assert isinstance(end, Done), end
    assert screen.controls[0].value == "hunter2"
    assert not any("hunter2" in step.proposal.thought for step in steps)


def test_chinese() -> None:
    screen = FakeScreen(
        [Control("textbox", "用户名"), Control("checkbox", "我同意"), submit_button("提交", "提交成功")]
    )
    end = run("在用户名中输入“张三”，勾选“我同意”，然后点击提交。验证页面显示“提交成功”", screen)
    assert isinstance(end, Done), end
    assert screen.submitted == [{"用户名": "张三", "我同意": True}]


def test_a_value_is_read_from_the_screen_and_typed() -> None:
    def screen() -> FakeScreen:
        found = FakeScreen([Control("textbox", "Answer"), submit_button()])
        found.texts += [
            Control("text", "Country", left=20, top=300, width=80),
            Control("text", "Iceland", left=200, top=300, width=80),
            Control("text", "Total: 42", left=20, top=340, width=80),
        ]
        return found

    for name, value in (("Country", "Iceland"), ("Total", "42")):
        seen = screen()
        end = run(f"Enter the value of {name} into the text field", seen)
        assert isinstance(end, Done), end
        assert seen.data()["Answer"] == value
    assert isinstance(run("Enter the value of Width into the text field", screen()), Ask)


def test_after_a_key_typing_goes_on_where_the_focus_is_and_replaces_nothing() -> None:
    screen = form()
    end = run("Type 'Ann' into the Name field. Press End. Type 'Bob'.", screen)
    assert isinstance(end, Done), end
    assert screen.controls[0].value == "AnnBob"


def test_what_a_table_holds_is_typed_elsewhere() -> None:
    cells = (("Name", 30, 300), ("Phone", 300, 300), ("Ada", 30, 330), ("555-1", 300, 330), ("Bob", 30, 360))
    texts = [Control("text", said, left=left, top=top, width=80) for said, left, top in (*cells, ("555-2", 300, 360))]
    screen = FakeScreen([Control("textbox", "Search", top=40), *texts])
    end = run("Type the phone number of Bob into the search field.", screen)
    assert isinstance(end, Done), end
    assert screen.controls[0].value == "555-2"
    other = FakeScreen([Control("textbox", "Search", top=40), *texts])
    assert isinstance(run("Type the age of Bob into the search field.", other), Ask)
    assert other.controls[0].value == ""
