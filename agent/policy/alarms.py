"""Words that are meant for an agent, or that borrow the look of the system or of Deskhand.

General patterns in English, Chinese, German, French and Spanish. An OCR loses spaces: a space in a pattern is any
number of them. What is not known here is no less data: the rules on targets and values hold for it as well.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from agent.wording import fold

Kind = Literal["orders", "fake_dialog", "lookalike"]

_TOLD = (
    "instructions?|prompts?|tasks?|orders?|directions?|directives?|rules?|goals?|commands?|requests?|guidelines?|"
    "polic(?:y|ies)|objectives?|guardrails?|restrictions?|safeguards?|records?|data"
)
_OVERRIDES = (
    rf"(?:ignore|disregard|forget|override|overrule|bypass|discard|drop|abandon|set aside|"
    rf"pay no attention to)\W{{0,3}}"
    rf"(?:(?:all|any|every|everything|of|the|your|you|these|those|was|were|got|had|have|been|given|told|user's|user|"
    rf"previous|previously|prior|earlier|above|former|original|other|current|initial|existing|safety|system|form)\W*)"
    rf"{{1,7}}(?:{_TOLD}|said|asked|told|before)",
    rf"(?:instead of|rather than) (?:doing |following |finishing )?(?:the |your |this )?(?:user's |original |"
    rf"current )?(?:{_TOLD})",
    rf"(?:new|updated|revised|real|actual|true|following) (?:system )?(?:{_TOLD}) (?:for|to) (?:the |an? |any |"
    rf"all |every |you)",
    rf"your (?:new|real|actual|true|updated) (?:{_TOLD}) (?:is|are|has|have)",
    r"system prompt|developer message|<\W?(?:system|im_start|instructions?)\W|\[/?inst\]|### ?(?:system|instruction)",
    r"(?:the )?user (?:has )?(?:already )?(?:authori[sz]ed|approved|consented|wants you to|asks you to|"
    r"has asked you)|the user (?:has |have )?(?:changed (?:their|his|her) mind|decided otherwise|withdrawn)",
    r"(?:record|data|values?|details?|task|list) (?:that )?you (?:were|have been|got|had been) "
    r"(?:given|told|sent|handed)",
    rf"(?:real|actual|true) (?:job|assignment|mission|work|{_TOLD})\W{{0,2}}(?::|is )",
    r"(?:忽略|无视|無視|忘记|忘記|忘掉|不要理会|不用理会|抛开|放弃|撤销|推翻).{0,10}(?:之前|以上|先前|前面|原来|原有|所有|一切|此前|用户|系统|你).{0,8}"
    r"(?:指令|指示|提示|任务|任務|要求|规则|規則|命令|说明|安排|目标)",
    r"(?:新的?|真正的?|实际的?)(?:指令|指示|任务|命令)(?:是|如下|[:：])|系统提示词?[:：]|用户已(?:经)?(?:授权|同意|批准)",
    r"(?:ignorier\w*|vergiss|vergessen sie|missachte\w*|verwirf|verwerfen sie|beachte\w* .{0,12}nicht)"
    r".{0,40}(?:anweisung|befehl|auftrag|auftrage|aufgabe|vorgabe|regel|instruktion)",
    r"(?:ignore[zr]?|oublie[zr]?|negligez|neglige|ne (?:tiens|tenez) (?:pas|plus|aucun) compte|fais abstraction|"
    r"faites abstraction).{0,40}(?:instruction|consigne|ordre|tache|directive|regle|demande)",
    r"(?:ignor[ae]\w*|olvid[ae]\w*|descart[ae]\w*|haz caso omiso|haga caso omiso|no hagas caso)"
    r".{0,40}(?:instrucci|orden|tarea|regla|indicaci|directri|peticion)",
)
"""These alone are orders."""

_KINDS_OF = (
    r"(?:computer[- ]use|browser|browsing|desktop|web|automation|automated|automatic|autonomous|software|virtual|"
    r"digital|intelligent|form[- ]filling|ai|robotic|non[- ]human|gui|language)"
)
_SELF = r"agents?|assistants?|bots?|robots?|automations?|copilots?|operators?|models?"
_MACHINES = (
    rf"(?<!\w){_KINDS_OF} (?:{_SELF}|readers?|tools?|systems?|scripts?|helpers?|processes|visitors?|users?|"
    rf"clients?)(?!\w)|"
    r"(?<!\w)(?:artificial intelligence|language models?|llms?|chat ?bots?|deskhand)(?!\w)|"
    r"人工智能|智能(?:助手|助理|体|代理)|ai ?(?:助手|助理|代理)|自动化(?:程序|助手|代理|工具|系统|脚本)|"
    r"大模型|语言模型|机器人|助手|"
    r"(?<!\w)ki[- ](?:assistent|agent|modell|system)\w*|(?<!\w)(?:sprachmodell|kunstliche intelligenz)\w*|"
    r"(?<!\w)automatis\w* (?:leser|assistent|agent|system|programm|nutzer)\w*|"
    r"(?<!\w)(?:intelligence artificielle|modeles? de langage)|"
    r"(?<!\w)(?:assistants?|agents?|lecteurs?|systemes?|outils?|robots?) (?:automatiques?|automatises?|virtuels?|"
    r"numeriques?|d'ia|ia)(?!\w)|"
    r"(?<!\w)(?:inteligencia artificial|modelos? de lenguaje)|"
    r"(?<!\w)(?:asistentes?|agentes?|lectores?|sistemas?|robots?) (?:automatic\w+|automatizad\w+|virtual(?:es)?|"
    r"de ia|ia)(?!\w)"
)
"""Words for those who are no people."""

_ADDRESSED = (
    rf"(?<!\w)(?:dear|hello|hey|hi|attention|note to|notes? for|message (?:to|for)|notice (?:to|for)|memo to|"
    rf"addressed to|instructions? for|for) (?:the |any |all |every |our )?"
    rf"(?:{_SELF}|a\.?i\.?)(?!\w)",
    rf"(?<!\w)(?:if|when|as|since|because) you(?: are|'re|r) (?:an? |the )?(?:\w+ )?(?:{_SELF}|a\.?i\.?|machine|"
    rf"program|not (?:a )?human)(?!\w)",
    r"^\W*(?:all )?(?:assistants?|bots?|robots?|a\.?i\.?s?)(?:,? (?:and |or |& )?\w+){0,2}\W{0,2}[:!—–]",
    r"^\W*(?:assistants?|bots?|robots?|a\.?i\.?s?)\W{0,2}[:,!—–]",
    r"(?<!\w)(?:assistants?|bots?|robots?|a\.?i\.?s?|machines|automation) (?:must|should|shall|need to|are to|"
    r"are required|have to|has to)(?!\w)",
    r"(?<!\w)(?:an (?:den|die|alle|jeden)|fur (?:den|die|alle)|liebe\w*|hallo|achtung) (?:ki[- ]?)?(?:assistent|"
    r"agent|bot|roboter)\w*|(?<!\w)(?:wenn|falls|da) du ein\w* (?:ki|bot|agent|assistent)|^\W*(?:ki|assistent|"
    r"agent)\W{0,2}[:,!]",
    r"(?<!\w)(?:a l'attention (?:de l'|du |des |de )|cher|chere|chers|bonjour|note (?:a l'|au |aux |"
    r"pour l')) ?(?:assistant|agent|robot|bot|ia)s?(?!\w)|(?<!\w)si (?:tu es|vous etes) une? (?:\w+ )?(?:ia|agent|"
    r"assistant|robot|bot)(?!\w)|^\W*(?:ia|assistant)\W{0,2}[:,!]",
    r"(?<!\w)(?:para (?:el|los|todo)|atencion|estimado|querido|hola|nota (?:al|para el)) ?(?:asistente|agente|"
    r"robot|bot)s?(?!\w)|(?<!\w)si (?:eres|es usted) una? (?:\w+ )?(?:ia|agente|asistente|robot|bot)(?!\w)|"
    r"^\W*(?:ia|asistente)\W{0,2}[:,!]",
)
"""Forms of address; names of trades (estate agents, shop assistants) only in these."""

_DOINGS = (
    r"click|press|tap|push|type|enter|tick|check|uncheck|untick|select|choose|open|visit|navigate|go to|"
    r"proceed to|follow|"
    r"send|transfer|delete|remove|copy|paste|submit|approve|confirm|write|fill|put|use the|drag|close|download|"
    r"install|run|"
    r"execute|must|should|need to|have to|required to|are to|shall|first|instead|do not|don't|stop|reply|enable|"
    r"disable|allow|grant|"
    r"accept|agree|complete|provide|report|hit|activate|switch|continue with|finish|log in|sign in|share|forward|"
    r"reveal|set|add|insert|pick|"
    r"点击|点一下|单击|按下|按一下|输入|填写|填入|勾选|取消|打开|访问|选择|发送|转账|删除|复制|粘贴|提交|批准|确认|下载|安装|运行|必须|应当|应该|需要|请|先|务必|改为|关闭|停止|写入|同意|"
    r"klick\w*|druck\w*|tipp\w*|gib|geben sie|eingeben|einzugeben|wahl\w*|offne\w*|besuch\w*|send\w*|uberweis\w*|"
    r"losch\w*|kopier\w*|bestatig\w*|muss\w*|mussen|soll\w*|trag\w*|schreib\w*|schliess\w*|schließ\w*|"
    r"aktivier\w*|setz\w*|hake\w*|"
    r"cliqu\w*|appuy\w*|tap(?:e[zr]?)|saisi\w*|entre[zr]|ouvr\w*|visit\w*|envoy\w*|transfer\w*|supprim\w*|copi\w*|"
    r"coch\w*|dois|doit|devez|doivent|ecri\w*|rempli\w*|ferm\w*|choisi\w*|selectionn\w*|valide\w*|"
    r"haz clic|haga clic|pulsa\w*|pulse\w*|presion\w*|escrib\w*|introdu\w*|abr[ae]\w*|visit[ae]\w*|envi[ae]\w*|"
    r"transfier\w*|elimin\w*|borr[ae]\w*|marca\w*|marque\w*|debe\w*|debes|rellen\w*|cierr\w*|seleccion\w*|"
    r"confirm[ae]\w*"
)
"""What they are to do."""

_VERBS = rf"(?<![a-z])(?:{_DOINGS})(?![a-z])"
_REACH = 90
"""Characters between who is spoken to and what they are to do."""

_MAKERS = (
    "windows|microsoft|mac ?os|apple|linux|ubuntu|debian|gnome|kde|android|google chrome|chrome|chromium|firefox|"
    "safari|"
    "system|operating system|security|antivirus|anti-virus|firewall|defender|administrator|root|kernel|browser|pc|"
    "java|adobe|flash|bios|keyring|keychain|polkit|authentication|update manager"
)
_NEWS = (
    "alerts?|warnings?|errors?|updates?|notifications?|messages?|defender|security|support|center|centre|needs?|"
    "required|"
    "requires?|detected|expired|expires|dialog|permissions?|requests?|failure|failed|critical|notice|infected|"
    "at risk|blocked|"
    "locked|has been|is out of date|outdated|out of date|wants? (?:to|your)|is not responding|prompt|check|scan|"
    "installer|control|manager|guard|protection|alarm"
)
_DIALOGS = (
    rf"^\W*(?:{_MAKERS})(?: (?:{_MAKERS}))* (?:{_NEWS})(?!\w)",
    rf"^\W*(?:critical|urgent|important|fatal|serious) (?:{_MAKERS}) (?:{_NEWS})",
    r"^\W*(?:virus|malware|trojan|spyware|threat|infection|ransomware)\w* (?:detected|found|alert|warning)",
    r"^\W*(?:your|this) (?:computer|pc|device|system|browser|session|licen[cs]e|windows|mac) (?:is|has|was|will|"
    r"may|needs?|must|requires?) "
    r"(?:been |be )?(?:infected|at risk|locked|blocked|expired?|out of date|outdated|restarted?|shut ?down|"
    r"updated?|not protected|compromised|to (?:be )?(?:restart|update|scan))",
    r"^\W*(?:系统|操作系统|安全|浏览器|电脑|计算机|windows|微软|杀毒|防火墙|管理员)(?:中心|软件|卫士)?.{0,4}(?:警告|提示|更新|错误|警报|通知|消息|权限|需要|异常|检测|过期)",
    r"^\W*(?:windows|system|sicherheits|browser|microsoft)[- ]?(?:warnung|meldung|fehler|aktualisierung|hinweis|"
    r"update|alarm)",
    r"^\W*(?:alerte|avertissement|erreur|mise a jour|message) (?:de |du |d')?(?:securite|systeme|navigateur|windows)",
    r"^\W*(?:alerta|advertencia|error|actualizacion|aviso|mensaje) (?:de |del )?(?:seguridad|sistema|navegador|"
    r"windows)",
)
"""Titles as systems give their dialogs; short texts only."""

_OURS = (
    r"deskhand\W{0,3}(?:needs|wants|asks|requires|policy|approval|approve|permission|agent|security|update|"
    r"is (?:asking|waiting|paused|ready)|trust|run|gate|recommends|says|step|system|notice|confirm\w*)",
    r"(?:approve|allow|permit|confirm|trust|authori[sz]e) (?:this |the )?(?:kind|action|step|click|run|agent|"
    r"deskhand)s? (?:for|in|of|by|once|here|this|now)",
    r"approve once.{0,80}(?:reject|take over|stop|edit)|(?:reject|take over).{0,60}approve",
    r"step \d+ needs (?:your )?(?:leave|approval|permission)",
    r"do it\? ?y ?= ?yes|[\[(]y(?:es)? ?/ ?n(?:o)?[\])]|(?<!\w)y ?/ ?n ?[?:]|press y to (?:approve|allow|confirm|"
    r"continue)",
    r"(?:policy|rule|verdict|gate)\W{1,3}(?:allow|allowed|approved|granted|permitted)|(?:pre-?approved|"
    r"already approved|auto-?approved) by (?:policy|the (?:user|person|operator|owner|gate))",
)
"""Our own questions and their words."""

_SHORT = 14
"""A title has no more words."""


def kind_of_text(text: str) -> Kind | None:
    """What a text gives itself away as; None for what people write to people."""
    return _kind(fold(text)) if len(text) >= 6 or not text.isascii() else None


@lru_cache(maxsize=4096)
def _kind(folded: str) -> Kind | None:
    if any(pattern.search(folded) for pattern in _compiled(_OURS)):
        return "lookalike"
    if any(pattern.search(folded) for pattern in _compiled(_OVERRIDES)) or _addressed(folded):
        return "orders"
    if len(folded.split()) <= _SHORT and any(pattern.search(folded) for pattern in _compiled(_DIALOGS)):
        return "fake_dialog"
    return None


def _addressed(folded: str) -> bool:
    """Whether a machine is spoken to and told to do something: by a form of address, or named and then told."""
    doings = _compiled((_VERBS,))[0]
    for pattern in _compiled(_ADDRESSED):
        if (found := pattern.search(folded)) and (
            doings.search(folded, found.end()) or doings.search(folded[: found.start()])
        ):
            return True
    if folded.rstrip().endswith(("?", "？")):
        return False
    named = _compiled((_MACHINES,))[0].finditer(folded)
    return any(doings.search(re.split(r"[?？]", folded[n.end() : n.end() + _REACH])[0]) for n in named)


@lru_cache(maxsize=16)
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern.replace(" ", r"\s*")) for pattern in patterns)
