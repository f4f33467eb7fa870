// What happens when.

const themes = ['auto', 'light', 'dark'];

function theme(name) {
  document.documentElement.dataset.theme = name;
  byId('theme').textContent = 'Theme: ' + name;
}

// kept is what a browser remembers, if it lets pages of this kind remember anything.
const kept = {
  get: () => { try { return localStorage.getItem('why403-theme'); } catch { return null; } },
  set: (v) => { try { localStorage.setItem('why403-theme', v); } catch { /* it is asked again */ } },
};

let scrolled = 0;
let shown = '';

async function draw() {
  const r = state.f ? rows.find((x) => x.id === state.f) : null;
  if (r && shown !== r.id) {
    if (!shown) scrolled = scrollY;
    if (current.length === 0) current = matching().through;
    await open(r);
  } else if (!r) {
    const from = shown;
    shown = '';
    for (const id of ['overview', 'list']) byId(id).hidden = false;
    byId('finding').hidden = true;
    byId('finding').replaceChildren();
    document.title = all.title;
    drawList();
    if (state.f) say('There is no finding ' + state.f + ' in this report.');
    if (from) {
      const link = [...document.querySelectorAll('td a')].find((a) => a.textContent === from);
      if (link) link.focus({ preventScroll: true });
      scrollTo(0, scrolled);
    }
  } else {
    await open(r, true);
  }
}

async function open(r, again) {
  const box = byId('finding');
  let parts;
  try {
    parts = drawFinding(r, await details(r.n));
  } catch (e) {
    parts = [el('p', {}, typeof DecompressionStream === 'undefined' ? 'This browser is too old to unpack the details of findings.' : 'The details of this finding cannot be read: ' + e.message)];
  }
  if (state.f !== r.id) return; // left meanwhile
  shown = r.id;
  for (const id of ['overview', 'list']) byId(id).hidden = true;
  box.replaceChildren(...parts.filter(Boolean));
  box.hidden = false;
  document.title = r.id + ' - ' + all.title;
  if (again) return;
  scrollTo(0, 0);
  const title = byId('title');
  if (title) title.focus({ preventScroll: true });
}

function keys(e) {
  if (e.altKey || e.ctrlKey || e.metaKey) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
  if (e.key === '/' && !typing && !state.f) {
    e.preventDefault();
    byId('search').focus();
  } else if (e.key === 'Escape' && state.f) {
    byId('back').click();
  } else if (e.key === 'Escape' && typing && state.q) {
    e.preventDefault();
    change({ q: '', page: 1 });
    drawList();
  } else if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && e.target.closest('td.c-id')) {
    const row = e.target.closest('tr');
    const to = e.key === 'ArrowDown' ? row.nextElementSibling : row.previousElementSibling;
    if (!to) return;
    e.preventDefault();
    to.querySelector('a').focus();
  }
}

byId('about').textContent = [plural(rows.length, 'finding'), all.made && 'made ' + minute(all.made) + ' UTC', all.since && 'seen since ' + minute(all.since) + ' UTC', all.store && 'from ' + all.store].filter(Boolean).join(' · ');
theme(themes.includes(kept.get()) ? kept.get() : 'auto');
byId('theme').addEventListener('click', () => {
  const to = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
  theme(to);
  kept.set(to);
});
byId('print').addEventListener('click', () => print());
byId('skip').addEventListener('click', (e) => {
  e.preventDefault();
  byId('main').focus();
});
addEventListener('keydown', keys);
addEventListener('hashchange', () => { state = read(); draw(); });
// What is folded on the screen is open on paper.
let folded = [];
addEventListener('beforeprint', () => {
  folded = [...document.querySelectorAll('#finding details:not([open])')];
  for (const f of folded) f.open = true;
});
addEventListener('afterprint', () => {
  for (const f of folded) f.open = false;
});
draw();
