/**
 * Renews a page in place, so that nothing flickers and no reader is thrown back to its top. Without it the page asks for
 * itself whole. When no answer comes the page says so: what it shows is old.
 */
export const LIVE_SCRIPT = `'use strict';
(() => {
  const seconds = Number(document.documentElement.dataset.refresh);
  if (!(seconds > 0)) return;
  const stale = (is) => { const note = document.getElementById('stale'); if (note) note.hidden = !is; };
  const renew = async () => {
    try {
      const answer = await fetch(location.href, { credentials: 'same-origin', signal: AbortSignal.timeout(seconds * 1000) });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
      stale(false);
      for (const id of ['asof', 'main']) {
        const [now, then] = [document.getElementById(id), next.getElementById(id)];
        if (!now || !then || now.innerHTML === then.innerHTML) continue;
        const focused = now.contains(document.activeElement) && document.activeElement.getAttribute('href');
        const opened = [...now.querySelectorAll('details')].map((one) => one.open);
        [...then.querySelectorAll('details')].forEach((one, at) => { if (opened[at]) one.open = true; });
        now.replaceChildren(...then.childNodes);
        if (focused) [...now.querySelectorAll('a')].find((one) => one.getAttribute('href') === focused)?.focus();
      }
    } catch { stale(true); }
    setTimeout(renew, seconds * 1000);
  };
  setTimeout(renew, seconds * 1000);
})();
`;
