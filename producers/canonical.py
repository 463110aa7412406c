"""One address for one article: URLs in canonical form, and the article ids made from them.

Follows RFC 3986 §6.2.2 and §6.2.3 as far as it is safe for news sites. A parameter is dropped only when it is
on a closed list of tracking parameters, for `?id=5`, `?p=12` or `?story=x` name the article on many sites.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from urllib.parse import SplitResult, urljoin, urlsplit

import courlan

_PREFIX_WORDS = "utm_ at_campaign at_medium at_custom at_link_ at_format at_bbc_ pk_ mtm_ piwik_ matomo_ hsa_"
_TRACKING_WORDS = """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid igshid igsh li_fat_id
    epik mc_cid mc_eid mkt_tok _hsenc _hsmi hsctatracking vero_id vero_conv oly_anon_id oly_enc_id
    rb_clickid s_cid cmpid icid xtor wt_mc wt_zmc wt.mc_id wpisrc wpmm smid smtyp ftag guccounter
    guce_referrer guce_referrer_sig traffic_source srnd sref ns_mchannel ns_source ns_campaign
    ns_linkname ns_fee __twitter_impression _ga _gl ga_source ga_medium ga_campaign fb_action_ids
    fb_action_types fb_source fb_ref sr_share zanpid spm share_token taid
"""
_TRACKING = frozenset(_TRACKING_WORDS.split())
_TRACKING_PREFIXES = tuple(_PREFIX_WORDS.split())
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LINE_BREAKS = re.compile(r"[\t\r\n]+")  # dropped, as in https://url.spec.whatwg.org/#url-parsing
_BLANKS = re.compile(r"[\s\x00-\x20\x7f-\xa0\u200b\ufeff]+")
_UNSAFE = {ord(c): f"%{ord(c):02X}" for c in '"<>\\^`{|}'}
_MAX_URL = 4096


def canonical_url(url: str, base: str = "") -> str:
    """Return the canonical form of an http(s) `url`, resolved against `base`; "" when it is not one.

    Scheme and host in lower case, no user info, no default port, no fragment (but `#!` stays), no tracking
    parameters; other parameters keep their order. Applying it twice changes nothing.
    """
    url = _LINE_BREAKS.sub("", url).strip()
    try:
        parts = urlsplit(urljoin(base, url) if base else url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    scheme = parts.scheme.lower()
    host = _ascii_host(host)
    if scheme not in _DEFAULT_PORTS or not host:
        return ""
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        netloc += f":{port}"
    path = _escaped(parts.path or "/")
    query = _without_tracking(_escaped(parts.query))
    fragment = _escaped(parts.fragment) if parts.fragment.startswith("!") else ""
    result = f"{scheme}://{netloc}{path}" + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")
    return result if len(result) <= _MAX_URL else ""


def registrable_domain(url: str) -> str:
    """Return the domain that one registers, such as `bbc.co.uk`, by the public suffix list shipped with
    courlan.

    For a host outside that list its last two labels, for an IP address or a single name the whole host.
    """
    try:
        host = _ascii_host(urlsplit(url).hostname or "")
    except ValueError:
        return ""
    if not host or _is_address(host) or "." not in host:
        return host
    found = courlan.extract_domain(f"https://{host}/")
    return str(found) if found else ".".join(host.split(".")[-2:])


def accepted_canonical(declared: str, page_url: str) -> str:
    """Return a page's own `rel=canonical` in canonical form, or "" when it is not to be believed (RFC 6596).

    It must stay within the page's registrable domain and must not be the site's root.
    """
    candidate = canonical_url(declared, base=page_url)
    if not candidate or registrable_domain(candidate) != registrable_domain(page_url):
        return ""
    parts = urlsplit(candidate)
    if parts.path in ("", "/") and not parts.query and not _is_root(page_url):
        return ""
    return candidate


def article_id(url: str, external_id: str, *, scope: str = "", fallback: str = "") -> str:
    """Return 20 hex digits that name an article for ever.

    They come from the canonical `url` (its scheme left out, so that a move to https changes nothing), or else
    from `external_id` within `scope` (such as the feed), or else from `fallback` (such as title and text).
    """
    if url:
        key = "u\n" + url.split("://", 1)[-1]
    elif external_id:
        key = f"i\n{scope}\n{external_id}"
    else:
        key = f"t\n{scope}\n{fallback}"
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:20]


def _is_root(url: str) -> bool:
    parts: SplitResult = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _ascii_host(host: str) -> str:
    host = host.rstrip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    allowed = re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+(%[\w.-]+)?", host)
    return host if allowed else ""


def _escaped(text: str) -> str:
    return _BLANKS.sub("%20", text).translate(_UNSAFE)


def _without_tracking(query: str) -> str:
    kept = [pair for pair in query.split("&") if pair and not _is_tracking(pair.split("=", 1)[0].lower())]
    return "&".join(kept)


def _is_tracking(name: str) -> bool:
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)
