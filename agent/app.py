"""The composition root: options and settings in, a wired Agent out."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Literal, cast

from agent.brake import Brake
from agent.config import Settings
from agent.errors import BadInput, DeskhandError, Missing, Stopped
from agent.events import Bus, Note, RunEnded, RunStarted, Subscriber, ThoughtDelta, TokensUsed
from agent.executor import Executor
from agent.eyes import ScreenEyes
from agent.front import Front
from agent.gate import Approver, Gate
from agent.lookup import find, names, ships
from agent.loop import Agent, Eyes, Planner
from agent.meaning.lexicon import is_secret
from agent.minds import open_local, open_server
from agent.perception.perceiver import Perceiver
from agent.perception.text import TextReader
from agent.planners.embedded.discreet import told_secrets
from agent.planners.embedded.planner import EmbeddedPlanner
from agent.planners.embedded.record import load_record
from agent.planners.scripted import ScriptedPlanner
from agent.planners.vision.aim import Aimer, AskedCloser
from agent.planners.vision.planner import VisionPlanner
from agent.policy import Policy
from agent.policy.suspicion import Watch, warning
from agent.record import Ear, StopKeys
from agent.redact import Redactor
from agent.sandbox import App, PrivateDisplay, SharedDisplay, browser, connected, executor_wrap, launch
from agent.schema import Limits, Result, Task, Value
from agent.screen import Screen
from agent.scrubbing import scrub_run
from agent.shared import SharedDesk
from agent.situation import Situation
from agent.skills import Skill
from agent.trace import Keep, TraceWriter, prune

OUTPUT = "output.txt"
"""In a trace's folder: what the application printed to its standard output."""


class RunOptions(Value):
    """What `deskhand run` was asked for."""

    task: str = ""
    data: Path | None = None
    row: int | None = None
    program: str | None = None
    url: str | None = None
    display: str | None = None
    """None: a private display."""
    size: tuple[int, int] = (1280, 800)
    scale: float = 1.0
    policy: str | None = None
    planner: Literal["embedded", "scripted", "vision"] = "embedded"
    script: Path | None = None
    model: str = ""
    """For the planner `vision`: a local model's name or folder, or a model's name on the server."""
    server: str = ""
    """An OpenAI-compatible URL."""
    allow_net: tuple[str, ...] = ()
    share: tuple[Path, ...] = ()
    """Folders where the jailed application may write."""
    limits: Limits = Limits()
    trace: Path | None = None


def make_perceiver(size: tuple[int, int] | None = None, ui_scale: float = 1.0) -> Perceiver:
    """The reader of pixels: text and widgets. With a size (width, height) it is ready for the first look at once."""
    reader = TextReader()
    if size is not None:
        reader.warm_up(*size)
    return Perceiver(reader, ui_scale=ui_scale)


def make_task(options: RunOptions) -> tuple[Task, Skill | None]:
    """The task that the options name: a skill, sentences, a record. Raises BadInput."""
    skill = _skill(options.task)
    words = skill.instructions if skill else options.task
    data = options.data or (skill.data if skill else None)
    record = load_record(data, options.row) if data else None
    if not words.strip() and record is None:
        raise BadInput("nothing to do: give a task in words, a skill's name, or --data FILE")
    marked = frozenset(skill.secrets) if skill else frozenset[str]()
    hidden = frozenset(key for key in record or {} if key in marked or is_secret(key))
    return Task(instructions=words, record=record, secrets=hidden), skill


def secret_values(task: Task, marked: Callable[[str], bool] = lambda key: False) -> list[str]:
    """The texts of the record that must never be seen: of its secret keys, and of those that are `marked`."""
    found: list[str] = []
    for key, value in (task.record or {}).items():
        if key in task.secrets or marked(key):
            items = cast("list[object]", value) if isinstance(value, list) else [value]
            found += [str(item) for item in items if item is not None and not isinstance(item, bool)]
    return found


def _skill(name: str) -> Skill | None:
    return Skill.load(find("skills", name)) if name in names("skills") else None


class Run:
    """One run, from its options to its result; as a context manager it leaves nothing behind."""

    def __init__(
        self,
        options: RunOptions,
        settings: Settings,
        approver: Approver,
        watchers: Sequence[Subscriber] = (),
        brake: Brake | None = None,
    ) -> None:
        self._options, self._settings, self._approver, self._watchers = options, settings, approver, watchers
        self._stack = ExitStack()
        self._brake = brake or Brake()
        self._program: App | None = None
        self._front: Front | None = None

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stack.close()

    def stop(self) -> None:
        """End the run at once; may be called from a signal handler or another thread."""
        self._brake.pull()

    def pause(self, why: str) -> None:
        """Let go of mouse and keyboard and ask the approver what the person does; may be called from any thread."""
        self._brake.pause(why)

    def go(self) -> Result:
        """Do the task. Raises DeskhandError where the run can't start; otherwise the Result says how it ended."""
        options = self._options
        task, skill = make_task(options)
        private = options.display is None
        named = options.policy if options.policy is not None else skill.policy if skill else None
        name = ("sandbox" if private else "standard") if named is None else named
        path = find("policies", name)
        policy = Policy.load(path)
        planner_for = self._planner(task)
        folder = options.trace or self._settings.traces / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
        redactor = self._redactor(task, policy)
        removed = self._make_room()
        writer = self._stack.enter_context(TraceWriter(folder))
        bus = Bus(writer, redactor)
        for watcher in self._watchers:
            bus.watch(watcher)
        started = RunStarted(
            task=options.task or f"fill the form from {options.data}",
            keys=tuple(task.record or ()),
            policy=name,
            policy_sha256=policy.sha256,
            planner=options.planner,
            limits=options.limits,
        )
        bus.emit(started)
        for note in removed:
            bus.emit(note)
        if not ships("policies", path):
            bus.emit(Note(text=f"the policy {name} is the one of {path.resolve()}"))
        try:
            agent = self._assemble(policy, task, planner_for, bus, redactor)
        except DeskhandError as error:
            result = redactor.clean(Result(status=error.status, reason=str(error)))
            bus.emit(RunEnded(result=result))
        else:
            try:
                result = redactor.clean(agent.run(options.limits))
            finally:
                self._keep_output(folder, redactor)
                if redactor.late:
                    writer.close()
                    scrub_run(
                        folder, redactor.secrets, "secrets that were shown before they were known", marks=redactor.marks
                    )
        return result.model_copy(update={"trace": str(folder)})

    @staticmethod
    def _redactor(task: Task, policy: Policy) -> Redactor:
        """What keeps secrets out of the trace: those of the record and of the sentences, and what the policy marks."""
        marks = None if policy.secret.empty else policy.secret
        hidden = secret_values(task, policy.secret.label)
        return Redactor([*hidden, *told_secrets(task.instructions)], marks)

    def _make_room(self) -> list[Note]:
        """Remove old traces beyond the limits that are set, and say so; none is set unless a person did."""
        set_ = self._settings
        try:
            gone = prune(set_.traces, Keep(days=set_.keep_days, runs=set_.keep_runs, mb=set_.keep_mb))
        except OSError as error:
            return [Note(level="warning", text=f"old traces could not be removed: {error}")]
        return [Note(text=f"removed the trace {leaving.folder.name}: {leaving.why}") for leaving in gone]

    def _keep_output(self, folder: Path, redactor: Redactor) -> None:
        """What the application printed, kept beside the trace: dialogs answer that way."""
        if self._program is None:
            return
        self._program.wait(0.3)
        if output := self._program.output:
            (folder / OUTPUT).write_text(redactor.text(output), encoding="utf-8")

    def _assemble(
        self, policy: Policy, task: Task, planner_for: Callable[[Perceiver, Bus], Planner], bus: Bus, veil: Redactor
    ) -> Agent:
        options = self._options
        private = options.display is None
        with ThreadPoolExecutor(max_workers=1) as pool:
            # The models load while the application starts.
            loading = pool.submit(make_perceiver, options.size if private else None, options.scale)
            screen, program, hands = self._stage(private, bus)
            perceiver = loading.result()
        veil.read_with(perceiver.texts)
        self._program = program
        eyes = self._eyes(screen, perceiver, program)
        approver = self._approver if private else self._share(screen, hands, bus)
        planner, gate = planner_for(perceiver, bus), Gate(policy, approver)
        situation = Situation(
            task, private=private, watch=Watch(lambda alert: bus.emit(Note(text=warning(alert), level="warning")))
        )
        return Agent(eyes, planner, gate, hands, bus, veil, situation, self._brake)

    def _eyes(self, screen: Screen, perceiver: Perceiver, program: App | None) -> Eyes:
        return ScreenEyes(
            screen,
            perceiver,
            self._settings,
            app_exit=(lambda: program.returncode) if program else lambda: None,
            stopped=self._brake.stop.is_set,
            front=self._front,
        )

    def _share(self, screen: Screen, hands: Executor, bus: Bus) -> Approver:
        """The approver on a desktop that a person shares with us: their own mouse and keyboard count as well."""
        back = self._front.back if self._front is not None else lambda: None
        keys = StopKeys(self._settings.stop_keys)
        desk = SharedDesk(self._approver, self._brake, hands, bus, keys, back=back)
        try:
            self._stack.callback(Ear(screen.name, None, desk.hear, desk.lost).close)
        except Missing as error:
            bus.emit(Note(text=f"no stop keys, and no pause for your own mouse: {error}", level="warning"))
        return desk

    def _planner(self, task: Task) -> Callable[[Perceiver, Bus], Planner]:
        options = self._options
        if (options.model or options.server) and options.planner != "vision":
            raise BadInput("--model and --server name the mind of --planner vision")
        match options.planner:
            case "embedded":
                return lambda perceiver, bus: EmbeddedPlanner(task, perceiver.reread, perceiver.can_read)
            case "vision":
                return self._vision(task)
            case "scripted":
                if options.script is None:
                    raise BadInput("--planner scripted needs --script FILE with the actions")
                scripted = ScriptedPlanner.load(options.script)
                return lambda perceiver, bus: scripted

    def _vision(self, task: Task) -> Callable[[Perceiver, Bus], Planner]:
        """The model is there before any application starts: loading it, or trying a server out, takes its time."""
        options = self._options
        if options.server:
            mind = open_server(options.server, options.model, self._settings, self._brake.stop)
        else:
            mind = open_local(options.model, self._settings)
        self._stack.callback(mind.close)
        if self._brake.stop.is_set():
            raise Stopped("stopped while the model was loaded")

        def planner(perceiver: Perceiver, bus: Bus) -> Planner:
            bus.emit(Note(text=f"model: {mind.about}"))
            if mind.warning:
                bus.emit(Note(text=mind.warning, level="warning"))
            closer = AskedCloser(mind.chat, mind.dialect, self._brake.stop)
            return VisionPlanner(
                task,
                mind.chat,
                mind.dialect,
                stop=self._brake.stop,
                on_usage=lambda usage: bus.emit(
                    TokensUsed(prompt=usage.prompt_tokens, answer=usage.completion_tokens, limit=mind.options.context)
                ),
                on_thought=lambda delta: bus.emit(ThoughtDelta(text=delta.text, thinking=delta.kind == "thinking")),
                reread=perceiver.reread,
                readable=perceiver.can_read,
                aim=Aimer(closer, image_tokens=mind.options.image_tokens) if self._settings.aim else None,
                options=mind.options,
            )

        return planner

    def _stage(self, private: bool, bus: Bus) -> tuple[Screen, App | None, Executor]:
        """The display, the application on it, and the hands."""
        options, enter = self._options, self._stack.enter_context
        if private:
            if not (options.program or options.url):
                raise BadInput("a private display is empty: name an application with --app or a page with --url")
            display = enter(PrivateDisplay(size=options.size, scale=options.scale))
        else:
            display = enter(SharedDisplay(options.display or "", scale=options.scale))
            self._front = Front(enter(connected(display)))
        program = self._application(display)
        authority = str(display.xauthority) if display.xauthority else None
        hands = Executor(display.name, xauthority=authority, private=private, wrap=executor_wrap(display))
        self._stack.callback(hands.close)
        hands.begin()  # the child starts while the application does
        if program:
            program.wait_window(self._settings.start_limit, self._brake.stop.is_set)
        hands.start()
        for note in (*display.notes, *(program.notes if program else ())):
            bus.emit(Note(text=note, level="warning"))
        screen = enter(Screen(display.name, xauthority=authority, ui_scale=options.scale if private else None))
        if not private:
            # Whose window is whose matters only where others may be.
            pid = program.pid if program else None
            screen.watch(pid=pid, started=lambda: [window.id for window in program.windows()] if program else [])
        return screen, program, hands

    def _application(self, display: PrivateDisplay | SharedDisplay) -> App | None:
        options = self._options
        if options.program and options.url:
            raise BadInput("--app and --url exclude each other: name one")
        if options.share and not options.program:
            raise BadInput("--share is for the program of --app, which may write there; leave it out")
        if options.program:
            return self._stack.enter_context(
                launch(options.program, display, allow_net=options.allow_net, writable=options.share)
            )
        if options.url:
            return self._stack.enter_context(browser(options.url, display, allow_net=options.allow_net))
        return None
