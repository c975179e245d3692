import { RENEWAL_HEADER } from '../sign-in/by-itself.ts';

/**
 * Renews the parts of a page that are marked for it in place, so that nothing flickers, no reader is thrown back to its top
 * and no form that is being filled in is emptied. Without it the page asks for itself whole. When no answer comes the page
 * says so: what it shows is old.
 */
export const LIVE_SCRIPT = `'use strict';
(() => {
  const seconds = Number(document.documentElement.dataset.refresh);
  if (!(seconds > 0)) return;
  const stale = (is) => { const note = document.getElementById('stale'); if (note) note.hidden = !is; };
  const renew = async () => {
    try {
      const answer = await fetch(location.href, { credentials: 'same-origin', headers: { '${RENEWAL_HEADER}': '1' }, signal: AbortSignal.timeout(10000) });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
      stale(false);
      for (const now of document.querySelectorAll('[data-live]')) {
        const then = next.getElementById(now.id);
        if (!then || now.innerHTML === then.innerHTML) continue;
        const focused = now.contains(document.activeElement) && document.activeElement;
        const opened = [...now.querySelectorAll('details')].map((one) => one.open);
        [...then.querySelectorAll('details')].forEach((one, at) => { if (opened[at]) one.open = true; });
        now.replaceChildren(...then.childNodes);
        if (focused) [...now.querySelectorAll('a, button')].find((one) => (focused.id ? one.id === focused.id : one.getAttribute('href') === focused.getAttribute('href')))?.focus({ preventScroll: true });
      }
    } catch { stale(true); }
    setTimeout(renew, seconds * 1000);
  };
  setTimeout(renew, seconds * 1000);
})();
`;
