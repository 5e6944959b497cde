"""Words that commit: which captions send something, and which cost, destroy or sign in.

Lists of common captions in a few languages. A word that is missing only means that the risk is judged by
the planner's intent and by the kind of control; rules for the unknown ask.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from agent.policy.match import RiskKind
from agent.schema import Risk

HIGH: Mapping[RiskKind, str] = {
    "pay": (
        "pay|pay now|buy|buy now|purchase|place order|place your order|place the order|submit order|confirm order|"
        "complete order|order now|order and pay|checkout now|make payment|submit payment|confirm payment|"
        "send payment|send money|send gift|donate|transfer|wire|withdraw|place bid|"
        "bid now|invest|sell|hire|pre-order|preorder|subscribe and pay|start free trial|start trial|"
        "bezahlen|zahlen|jetzt zahlen|kaufen|jetzt kaufen|bestellen|zahlungspflichtig|überweisen|spenden|"
        "payer|acheter|commander|passer commande|passer la commande|virer|virement|faire un don|"
        "pagar|comprar|realizar pedido|hacer pedido|transferir|donar|paga|pagare|acquista|ordina ora|"
        "оплатить|заплатить|купить|заказать|оформить заказ|перевести"
    ),
    "delete": (
        "delete|remove|erase|wipe|destroy|purge|format disk|empty trash|empty recycle bin|move to trash|move to bin|"
        "trash|recycle bin|factory reset|close account|deactivate|terminate|revoke|overwrite|"
        "löschen|entfernen|kündigen|supprimer|effacer|retirer|résilier|eliminar|borrar|quitar|"
        "excluir|apagar|remover|elimina|rimuovi|удалить|стереть"
    ),
    "install": (
        "uninstall|install|run as administrator|execute|disable protection|installieren|deinstallieren|installer|"
        "désinstaller|instalar|desinstalar|installa|установить"
    ),
    "sign_in": (
        "sign in|signin|log in|login|log on|logon|anmelden|einloggen|se connecter|connexion|iniciar sesión|acceder|"
        "entrar|fazer login|accedi|войти"
    ),
    "grant": "authorize|authorise|grant access|grant permission",
    "leave": "shut down|shutdown|reboot|power off|herunterfahren|éteindre|apagar",
}
"""Captions that cost, destroy, let in or can't be taken back, by what they do."""

HIGH_WHOLE: Mapping[RiskKind, str] = {"pay": "charge|deposit|bid", "delete": "format|kill|unlink", "leave": "eject"}
"""These only count where they are the whole caption: within others they name things."""

_ORDER = r"^(?:re)?order\b(?! (?:hlstory|number|no|ld|detalls|status|by|summary|date|tracklng|llst|form|of)\b)"
"""`Order` as a verb, which begins a caption: not in `Order history`. Folded: every i is an l."""

MEDIUM: Mapping[RiskKind, str] = {
    "submit": (
        "submit|save|save changes|apply|confirm|create|book|book now|reserve|checkout|check out|proceed to checkout|"
        "accept|agree|approve|update|finish|complete|enroll|enrol|vote|rsvp|import|replace|request|schedule|"
        "absenden|speichern|übernehmen|bestätigen|abschicken|einreichen|buchen|akzeptieren|"
        "soumettre|enregistrer|appliquer|confirmer|valider|réserver|accepter|"
        "guardar|aplicar|confirmar|reservar|aceptar|salvar|salva|conferma|"
        "сохранить|применить|подтвердить|забронировать"
    ),
    "send": (
        "send|post|publish|share|upload|reply|forward|invite|export|subscribe|unsubscribe|"
        "senden|veröffentlichen|hochladen|envoyer|publier|enviar|publicar|invia|отправить|опубликовать"
    ),
    "delete": "reset|clear all|discard|archive|start over|zurücksetzen",
    "sign_in": (
        "register|sign up|signup|create account|join now|sign out|signout|log out|logout|registrieren|abmelden|"
        "s'inscrire|se déconnecter|registrarse|cerrar sesión|cadastrar|registrati|зарегистрироваться|выйти"
    ),
}

MEDIUM_WHOLE: Mapping[RiskKind, str] = {
    "grant": "allow|erlauben|autoriser|permitir|consenti|разрешить",
    "install": "run|open",
}

CJK_HIGH: Mapping[RiskKind, str] = {
    "pay": (
        "支付|付款|付费|付費|立即购买|立即購買|购买|購買|下单|下單|结账|結帳|結賬|提交订单|提交訂單|确认订单|確認訂單|转账|轉帳|轉賬|"
        "汇款|匯款|充值|提现|提現|打赏|捐款|捐赠|捐贈|支払|購入|注文を確定|注文する|振込|送金|寄付|결제|구매|주문하기|송금"
    ),
    "delete": ("删除|刪除|移除|清空|注销账|註銷|格式化|废纸篓|回收站|资源回收|覆盖|削除|除去|ゴミ箱|退会|삭제|제거"),
    "install": "卸载|解除安裝|安装|安裝|インストール|アンインストール|설치",
    "sign_in": "登录|登陆|登入|ログイン|サインイン|로그인",
    "grant": "授权|授權",
    "leave": "关机|關機",
}

CJK_MEDIUM: Mapping[RiskKind, str] = {
    "submit": (
        "提交|保存|储存|儲存|应用|套用|确认|確認|预订|預訂|预约|預約|同意|接受|完成|更新|申请|申請|报名|報名|保存する|予約|適用|"
        "同意する|제출|저장|확인|예약|동의"
    ),
    "send": "发送|發送|傳送|发布|發佈|發布|上传|上傳|订阅|訂閱|送信|投稿|公開|보내기",
    "delete": "重置|重設",
    "sign_in": "注册|註冊|退出登录|登出|登録|ログアウト|등록|로그아웃",
}

_LATIN_WORDS = 8
"""A caption of more words is a sentence; what it mentions is not what a click on it does."""
_CJK_CHARS = 14


def risk_of_caption(text: str) -> tuple[Risk, str]:
    """Risk that a caption announces and the word that says so (`none` and an empty word if it says nothing)."""
    folded = _fold(text)
    if not folded or len(folded.split()) > _LATIN_WORDS:
        return "none", ""
    for risk, pattern in _patterns():
        if found := pattern.search(folded):
            return risk, found.group().strip()
    if _is_cjk(folded):
        for risk, pattern in _cjk_patterns():
            if found := pattern.search(folded):
                return risk, found.group()
    return "none", ""


def kinds_of_caption(text: str) -> frozenset[RiskKind]:
    """What pressing something with this caption would do, by its words; empty where they say nothing of it."""
    folded = _fold(text)
    if not folded or len(folded.split()) > _LATIN_WORDS:
        return frozenset()
    found: set[RiskKind] = {kind for kind, pattern in _kind_patterns() if pattern.search(folded)}
    if _is_cjk(folded):
        found |= {kind for kind, pattern in _cjk_kind_patterns() if pattern.search(folded)}
    return frozenset(found)


def _is_cjk(folded: str) -> bool:
    return not folded.isascii() and len(folded) <= _CJK_CHARS


def announces(text: str) -> tuple[Risk, str]:
    """The risk of a longer text, such as a question above its OK button, and the sentence that says so."""
    for risk in ("high", "medium"):
        for part in re.split(r"[.!?;:,\n。！？；，]", text):
            found, _ = risk_of_caption(part)
            if found == risk:
                return found, part.strip()
    return "none", ""


@lru_cache(maxsize=4096)
def _fold(text: str) -> str:
    """Without case, accents and punctuation, and with letters that an OCR confuses made one."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Cf"))
    plain = unicodedata.normalize("NFKC", re.sub(r"[^\w|]+|_", " ", plain)).strip()
    # A bare number is a number; only inside a word is 1 an l and 0 an o.
    return " ".join(word if word.isdigit() else word.translate(_ALIKE) for word in plain.split())


_ALIKE = str.maketrans({"1": "l", "|": "l", "i": "l", "0": "o"})


def _phrase(words: str) -> str:
    """A pattern for a phrase; an OCR may have lost the spaces in it."""
    return r"\s?".join(re.escape(word) for word in _fold(words).split())


def _any(*phrases: str) -> str:
    return "|".join(sorted({_phrase(p) for line in phrases for p in line.split("|")}, key=len, reverse=True))


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[Risk, re.Pattern[str]], ...]:
    high, medium = _any(*HIGH.values()), _any(*MEDIUM.values())
    return (
        ("high", re.compile(rf"\b(?:{high})\b|^(?:{_any(*HIGH_WHOLE.values())})$|{_ORDER}")),
        ("medium", re.compile(rf"\b(?:{medium})\b|^(?:{_any(*MEDIUM_WHOLE.values())})$")),
    )


@lru_cache(maxsize=1)
def _kind_patterns() -> tuple[tuple[RiskKind, re.Pattern[str]], ...]:
    inside: list[tuple[RiskKind, str]] = [
        (kind, rf"\b(?:{_any(words)})\b") for table in (HIGH, MEDIUM) for kind, words in table.items()
    ]
    whole: list[tuple[RiskKind, str]] = [
        (kind, rf"^(?:{_any(words)})$") for table in (HIGH_WHOLE, MEDIUM_WHOLE) for kind, words in table.items()
    ]
    order: tuple[RiskKind, str] = ("pay", _ORDER)
    return tuple((kind, re.compile(pattern)) for kind, pattern in (*inside, *whole, order))


@lru_cache(maxsize=1)
def _cjk_patterns() -> tuple[tuple[Risk, re.Pattern[str]], ...]:
    return ("high", _compiled(*CJK_HIGH.values())), ("medium", _compiled(*CJK_MEDIUM.values()))


@lru_cache(maxsize=1)
def _cjk_kind_patterns() -> tuple[tuple[RiskKind, re.Pattern[str]], ...]:
    return tuple((kind, _compiled(words)) for table in (CJK_HIGH, CJK_MEDIUM) for kind, words in table.items())


def _compiled(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(sorted({_fold(w) for line in words for w in line.split("|")}, key=len, reverse=True)))
