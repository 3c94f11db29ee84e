// Open pages: news from the server, the end of the session, and the network that is away.
// Elements with data-live="topic:subject …" receive a "live" event: hx-trigger="live" draws them again.
(() => {
  "use strict";
  const state = document.getElementById("live-state");
  const over = document.getElementById("session-over");
  if (!state || !over) return;
  const { stream, news, account } = state.dataset;
  const POLL_MS = 5000, SILENCE_MS = 40000, OPEN_WITHIN_MS = 6000, HIDDEN_MS = 30000, MOST_MS = 30000;
  let source = null, followed = "", last = "", failures = 0, polls = false, ended = false;
  let watchdog, retry, hiding;

  const followers = () => [...document.querySelectorAll("[data-live]")];
  const wanted = () => [...new Set(followers().flatMap((one) => one.dataset.live.split(/\s+/)).filter(Boolean))].sort().join(" ");
  const tell = (one, detail) => one.dispatchEvent(new CustomEvent("live", { detail }));
  const tellAll = () => { for (const one of followers()) tell(one, { again: true }); };
  const address = (base) => `${base}?${new URLSearchParams({ suivre: followed, ...(last !== "" && { depuis: last }) })}`;

  // Where the page was drawn: what came since is told when the stream opens (data-live-since).
  const drawn = [...document.querySelectorAll("[data-live-since]")].map((one) => Number(one.dataset.liveSince));
  if (drawn.length) last = String(Math.min(...drawn));

  function receive(item) {
    if (Number(item.id) <= Number(last || 0)) return;
    last = String(item.id);
    for (const one of followers()) if (one.dataset.live.split(/\s+/).includes(item.sujet)) tell(one, item);
  }
  function online(is) {
    if (is === state.hidden) return;
    state.hidden = is;
    document.documentElement.toggleAttribute("data-offline", !is);
  }

  // The session has ended: what the page shows is covered, what was typed stays in it.
  let title = "";
  function cover() {
    if (ended) return;
    ended = true;
    close();
    title = document.title;
    document.title = over.dataset.title;
    for (const one of document.querySelectorAll("dialog[open]")) if (one !== over) one.close();
    document.documentElement.dataset.covered = "";
    over.showModal();
  }
  over.addEventListener("cancel", (event) => event.preventDefault());
  over.querySelector("[data-resume]").addEventListener("click", async (event) => {
    const answer = await ask().catch(() => null);
    const problem = over.querySelector("[role=alert]");
    problem.hidden = Boolean(answer);
    if (!answer) return;
    if (answer.compte !== account) { location.assign("/"); return; }
    for (const field of document.querySelectorAll('input[name="_csrf"]')) field.value = answer.jeton;
    document.dispatchEvent(new CustomEvent("live:resumed", { detail: { seconds: answer.secondes } }));
    ended = false;
    document.title = title;
    delete document.documentElement.dataset.covered;
    over.close();
    event.target.blur();
    open();
    tellAll();
  });

  // The stream; when a network lets none through, the same news asked for every five seconds.
  function close() {
    clearTimeout(watchdog); clearTimeout(retry);
    source?.close();
    source = null;
  }
  function listen(within) {
    clearTimeout(watchdog);
    watchdog = setTimeout(lost, within);
  }
  function lost() {
    close();
    failures += 1;
    if (failures > 1) { polls = true; poll(); return; }
    retry = setTimeout(open, 500 * (1 + Math.random()));
  }
  function heard() {
    failures = 0; polls = false;
    online(true);
    listen(SILENCE_MS);
  }
  function open() {
    close();
    if (ended) return;
    followed = wanted();
    source = new EventSource(address(stream));
    listen(OPEN_WITHIN_MS);
    source.addEventListener("bonjour", (event) => {
      const again = failures > 0 || JSON.parse(event.data).relire;
      last = event.lastEventId;
      heard();
      if (again) tellAll();
    });
    source.addEventListener("nouvelle", (event) => { heard(); receive(JSON.parse(event.data)); });
    source.addEventListener("pouls", heard);
    source.addEventListener("fin", cover);
    source.onerror = () => { // refused for good: ask why, at once
      if (source.readyState === EventSource.CLOSED) failures += 1;
      lost();
    };
  }
  async function ask() {
    const answer = await fetch(address(news), { headers: { Accept: "application/json" } });
    if (answer.status === 401) { cover(); return null; }
    return answer.ok ? answer.json() : Promise.reject(answer.status);
  }
  async function poll() {
    try {
      const answer = await ask();
      if (!answer) return;
      const again = !state.hidden || answer.relire || last === "";
      online(true);
      for (const item of answer.nouvelles) receive(item);
      last = String(answer.position);
      if (again) tellAll();
      if (failures > 12) { failures = 1; open(); return; } // try a stream again after a minute
      failures += 1;
      retry = setTimeout(poll, POLL_MS);
    } catch {
      online(false);
      failures += 1;
      retry = setTimeout(failures % 3 ? poll : open, Math.min(MOST_MS, 1000 * 2 ** Math.min(failures, 5)) * (0.75 + Math.random() / 2));
    }
  }

  // A page nobody sees lets its stream go: browsers allow six per server without HTTP/2.
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(close, HIDDEN_MS);
    else if (!source && !ended) open();
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted && !ended) open(); });
  window.addEventListener("pagehide", close);
  window.addEventListener("online", () => { if (!ended && !state.hidden) open(); });
  document.addEventListener("htmx:after:swap", () => { if (!ended && !polls && wanted() !== followed) open(); });
  open();
})();
