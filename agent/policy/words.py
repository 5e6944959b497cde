"""Words that commit: which captions send something, and which cost, destroy or sign in.

Lists of common captions in a few languages. A word that is missing only means that the risk is judged by
the planner's intent and by the kind of control; rules for the unknown ask.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from agent.schema import Risk

HIGH = (
    # English
    "pay|pay now|buy|buy now|purchase|place order|place your order|place the order|submit order|confirm order|"
    "complete order|order now|order and pay|checkout now|make payment|submit payment|confirm payment|"
    "send payment|send money|send gift|donate|transfer|wire|withdraw|place bid|"
    "bid now|invest|sell|delete|remove|erase|wipe|destroy|purge|uninstall|install|format disk|empty trash|"
    "empty recycle bin|move to trash|move to bin|trash|recycle bin|shut down|shutdown|reboot|power off|factory reset|"
    "sign in|signin|log in|login|log on|logon|authorize|authorise|grant access|grant permission|"
    "close account|deactivate|terminate|revoke|run as administrator|execute|overwrite|disable protection|"
    "hire|pre-order|preorder|subscribe and pay|start free trial|start trial|"
    # German
    "bezahlen|zahlen|jetzt zahlen|kaufen|jetzt kaufen|bestellen|zahlungspflichtig|überweisen|löschen|entfernen|"
    "installieren|deinstallieren|anmelden|einloggen|herunterfahren|spenden|kündigen|"
    # French
    "payer|acheter|commander|passer commande|passer la commande|virer|virement|supprimer|effacer|retirer|installer|"
    "désinstaller|se connecter|connexion|faire un don|éteindre|résilier|"
    # Spanish
    "pagar|comprar|realizar pedido|hacer pedido|transferir|eliminar|borrar|quitar|instalar|desinstalar|"
    "iniciar sesión|acceder|donar|apagar|"
    # Portuguese, Italian
    "excluir|apagar|remover|entrar|fazer login|paga|pagare|acquista|ordina ora|elimina|rimuovi|installa|accedi|"
    # Russian
    "оплатить|заплатить|купить|заказать|оформить заказ|перевести|удалить|стереть|установить|войти|"
).strip("|")

HIGH_WHOLE = "charge|deposit|bid|format|kill|eject|unlink"
"""These only count where they are the whole caption: within others they name things."""

MEDIUM_WHOLE = "allow|run|open|erlauben|autoriser|permitir|consenti|разрешить"

_ORDER = r"^(?:re)?order\b(?! (?:hlstory|number|no|ld|detalls|status|by|summary|date|tracklng|llst|form|of)\b)"
"""`Order` as a verb, which begins a caption: not in `Order history`. Folded: every i is an l."""

MEDIUM = (
    "submit|send|save|save changes|apply|confirm|register|sign up|signup|create account|create|join now|post|publish|"
    "share|upload|book|book now|reserve|subscribe|unsubscribe|checkout|check out|proceed to checkout|sign out|signout|"
    "log out|logout|reset|clear all|discard|accept|agree|approve|update|finish|complete|enroll|enrol|vote|rsvp|"
    "reply|forward|invite|import|export|replace|archive|request|schedule|start over|"
    "absenden|senden|speichern|übernehmen|bestätigen|registrieren|abschicken|einreichen|buchen|akzeptieren|abmelden|"
    "veröffentlichen|hochladen|zurücksetzen|"
    "envoyer|soumettre|enregistrer|appliquer|confirmer|valider|s'inscrire|publier|réserver|accepter|se déconnecter|"
    "enviar|guardar|aplicar|confirmar|registrarse|publicar|reservar|aceptar|cerrar sesión|"
    "salvar|cadastrar|invia|salva|conferma|registrati|"
    "отправить|сохранить|применить|подтвердить|зарегистрироваться|опубликовать|забронировать|выйти"
)

CJK_HIGH = (
    "支付|付款|付费|付費|立即购买|立即購買|购买|購買|下单|下單|结账|結帳|結賬|提交订单|提交訂單|确认订单|確認訂單|转账|轉帳|轉賬|汇款|"
    "匯款|充值|提现|提現|打赏|捐款|捐赠|捐贈|删除|刪除|移除|清空|卸载|解除安裝|安装|安裝|登录|登陆|登入|授权|授權|注销账|註銷|格式化|"
    "关机|關機|废纸篓|回收站|资源回收|覆盖|支払|購入|注文を確定|注文する|振込|送金|削除|除去|ログイン|サインイン|インストール|"
    "アンインストール|寄付|ゴミ箱|退会|결제|구매|주문하기|송금|삭제|제거|로그인|설치"
)

CJK_MEDIUM = (
    "提交|发送|發送|傳送|保存|储存|儲存|应用|套用|确认|確認|注册|註冊|发布|發佈|發布|上传|上傳|预订|預訂|预约|預約|订阅|訂閱|"
    "退出登录|登出|重置|重設|同意|接受|完成|更新|申请|申請|报名|報名|送信|保存する|登録|投稿|予約|適用|ログアウト|同意する|公開|"
    "제출|보내기|저장|등록|확인|예약|동의|로그아웃"
)

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
    if not folded.isascii() and len(folded) <= _CJK_CHARS:
        for risk, pattern in _cjk_patterns():
            if found := pattern.search(folded):
                return risk, found.group()
    return "none", ""


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


def _any(phrases: str) -> str:
    return "|".join(sorted({_phrase(p) for p in phrases.split("|")}, key=len, reverse=True))


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[Risk, re.Pattern[str]], ...]:
    return (
        ("high", re.compile(rf"\b(?:{_any(HIGH)})\b|^(?:{_any(HIGH_WHOLE)})$|{_ORDER}")),
        ("medium", re.compile(rf"\b(?:{_any(MEDIUM)})\b|^(?:{_any(MEDIUM_WHOLE)})$")),
    )


@lru_cache(maxsize=1)
def _cjk_patterns() -> tuple[tuple[Risk, re.Pattern[str]], ...]:
    def compiled(words: str) -> re.Pattern[str]:
        return re.compile("|".join(sorted({_fold(w) for w in words.split("|")}, key=len, reverse=True)))

    return ("high", compiled(CJK_HIGH)), ("medium", compiled(CJK_MEDIUM))
