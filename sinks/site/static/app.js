// What pages do better with script. Without it everything works by links, forms and reloading.
(() => {
  "use strict";
  const main = () => document.getElementById("content");
  const news = document.querySelector(".news");

  // Puts another page's content in place of this one's, keeping what is open, where the focus is and the scroll.
  function swap(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const now = main();
    const then = fresh.getElementById("content");
    if (!then) return false;
    // By key, never by place: what is new shifts the places, and an open form must stay the form of its own quote.
    const folds = new Map([...now.querySelectorAll("details[data-key]")].map((one) => [one.dataset.key, one.open]));
    const focused = document.activeElement;
    const key = focused && now.contains(focused) ? focused.id || focused.getAttribute("name") : "";
    then.querySelectorAll("details[data-key]").forEach((one) => { if (folds.get(one.dataset.key)) one.open = true; });
    const kept = key && focused.matches("input, select, textarea") ? focused.value : null;
    now.replaceChildren(...then.childNodes);
    if (key) {
      const again = document.getElementById(key) || now.querySelector(`[name="${CSS.escape(key)}"]`);
      if (again) {
        if (kept !== null) again.value = kept;
        again.focus({ preventScroll: true });
        if (again.matches('input[type="search"]')) again.setSelectionRange(again.value.length, again.value.length);
      }
    }
    const foot = document.querySelector(".foot");
    const other = fresh.querySelector(".foot");
    if (foot && other) foot.replaceChildren(...other.childNodes);
    document.title = fresh.title;
    return true;
  }

  let asked = 0;
  async function show(address, may = () => true) {
    const mine = ++asked;
    const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    const text = await answer.text();
    return mine === asked && answer.ok && may() && swap(text);
  }

  // The list is filtered while one types.
  let pause = 0;
  function filter(form) {
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    if (query.get("sort") === "strength") query.delete("sort");
    const address = form.getAttribute("action") + (query.toString() ? `?${query}` : "");
    show(address).then((shown) => { if (shown) history.replaceState(null, "", address); }, () => {});
  }
  document.addEventListener("input", (event) => {
    const form = event.target.closest && event.target.closest("form.filter");
    if (!form) return;
    clearTimeout(pause);
    pause = setTimeout(() => filter(form), event.target.matches("select") ? 0 : 250);
  });

  // "/" goes to the search, as in many readers.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.activeElement && document.activeElement.matches("input, select, textarea")) return;
    const search = document.querySelector('input[type="search"]');
    if (search) { event.preventDefault(); search.focus(); }
  });

  // A citation into something that is folded away opens it.
  function unfold() {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    for (let one = target && target.parentElement; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  }
  addEventListener("hashchange", unfold);
  unfold();

  // Live: the server tells of signal events; a page that they concern is fetched again.
  const watched = document.body.dataset.live;
  if (!watched || !("EventSource" in window)) return;
  // From what the page shows on: nothing that happens while it is loaded is missed.
  const since = document.body.dataset.since;
  const source = new EventSource(since ? `/live?since=${encodeURIComponent(since)}` : "/live");
  let due = 0;
  function renew(words) {
    clearTimeout(due);
    due = setTimeout(() => {
      if (document.hidden) { missed = words; return; }
      if (editing()) { renew(words); return; }
      const may = () => !editing();
      show(location.href, may).then((shown) => {
        if (shown && news) news.textContent = words;
        else if (!may()) renew(words); // a form was opened while the page was fetched
      }, () => {});
    }, 400);
  }
  // Nobody's half-written or unfolded form is taken away.
  function editing() {
    const at = document.activeElement;
    const busy = !!at && main().contains(at) && at.matches("input:not([type=search]), textarea, select");
    const unfolded = (form) => form.closest("details") && !form.closest("details:not([open])");
    if (busy || [...main().querySelectorAll("form[method=post]")].some(unfolded)) return true;
    return [...main().querySelectorAll("form[method=post] input")].some((one) => one.value !== one.defaultValue || one.checked !== one.defaultChecked);
  }
  let missed = "";
  document.addEventListener("visibilitychange", () => { if (!document.hidden && missed) { renew(missed); missed = ""; } });
  source.addEventListener("signal", (event) => {
    const found = JSON.parse(event.data);
    if (watched === "*" || watched === found.signal_id) {
      renew(`Updated: ${found.title} ${found.kind}, ${found.strength_before.toFixed(1)} → ${found.strength_after.toFixed(1)}`);
    }
  });
  source.addEventListener("brief", () => { if (watched === "brief") renew("Updated: a new brief"); });
  addEventListener("pagehide", () => source.close());
})();
