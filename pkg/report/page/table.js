// The table of findings, a page at a time.

const onPage = 100;
const mostOptions = 300;

const columns = [
  ['id', 'Finding'], ['status', 'Status'], ['why', 'Why'], ['who', 'Requester'], ['place', 'Tried'],
  ['count', 'Times'], ['last', 'Last seen, UTC'], ['account', 'Must act'], ['fix', 'Change'],
];
const fixes = { proven: 'proven', unproven: 'not proven', none: 'none' };

function picker(filter, label, values) {
  const list = values.slice(0, mostOptions).sort();
  if (state[filter] && !list.includes(state[filter])) list.unshift(state[filter]);
  const pick = el('select', { id: 'pick-' + filter, on: { change: (e) => { change({ [filter]: e.target.value, page: 1 }); drawList(); } } },
    el('option', { value: '' }, 'all'), list.map((v) => el('option', { value: v }, v)));
  pick.value = state[filter];
  return el('label', { for: 'pick-' + filter }, el('span', {}, label), pick);
}

// sorter stands where there is no room for the heads of columns.
function sorter() {
  const choices = [['-last', 'seen last'], ['-count', 'times'], ['why', 'why'], ['who', 'requester'], ['place', 'bucket'], ['status', 'status'], ['-fix', 'proven change']];
  const pick = el('select', { id: 'pick-sort', on: { change: (e) => { change({ sort: e.target.value, page: 1 }); drawList(); } } }, choices.map(([v, name]) => el('option', { value: v }, name)));
  pick.value = state.sort;
  return el('label', { for: 'pick-sort', class: 'sorter' }, el('span', {}, 'Sorted by'), pick);
}

function controls() {
  const search = el('input', { id: 'search', type: 'search', autocomplete: 'off', spellcheck: 'false', placeholder: 'names, ids, causes', 'aria-keyshortcuts': '/', on: { input: (e) => { change({ q: e.target.value, page: 1 }); drawList(); } } });
  search.value = state.q;
  const keys = (f) => tally(rows, f).map((c) => c.key);
  return el('form', { class: 'controls', role: 'search', on: { submit: (e) => e.preventDefault() } },
    el('label', { for: 'search', class: 'grow' }, el('span', {}, 'Search'), search),
    picker('status', 'Status', keys((r) => [r.status])),
    picker('cause', 'Cause', keys((r) => r.causes)),
    picker('account', 'Must act', keys((r) => r.accounts)),
    picker('bucket', 'Bucket', keys((r) => [r.place])),
    sorter(),
    el('button', { type: 'button', id: 'clear', on: { click: () => { change({ q: '', page: 1, ...Object.fromEntries(filters.map((f) => [f, ''])) }); drawList(); byId('search').focus(); } } }, 'Clear'));
}

function head() {
  const key = state.sort.replace('-', '');
  return el('tr', {}, columns.map(([name, label]) => el('th', { scope: 'col', class: 'c-' + name, 'aria-sort': key === name ? (state.sort.startsWith('-') ? 'descending' : 'ascending') : null },
    el('button', { type: 'button', 'data-sort': name, on: { click: () => {
      const numeric = name === 'count' || name === 'last' || name === 'fix';
      const down = key === name ? !state.sort.startsWith('-') : numeric;
      change({ sort: (down ? '-' : '') + name, page: 1 });
      drawList();
      const again = document.querySelector('[data-sort="' + name + '"]');
      if (again) again.focus();
    } } }, label, el('span', { class: 'arrow', 'aria-hidden': 'true' }, key === name ? (state.sort.startsWith('-') ? '↓' : '↑') : '')))));
}

function line(r) {
  const more = r.causes.length - 1;
  return el('tr', { class: 's-' + r.status },
    el('td', { class: 'c-id' }, el('a', { href: written({ ...state, f: r.id, gate: '', on: [] }), 'aria-label': r.id + ', ' + r.title }, r.id)),
    el('td', { class: 'c-status' }, r.status, r.intended && el('span', { class: 'ask' }, 'intended?')),
    el('td', { class: 'c-why' }, r.why, more > 0 && el('span', { class: 'dim' }, ' and ' + plural(more, 'more', 'more'))),
    el('td', { class: 'c-who' }, r.who, r.of && el('span', { class: 'dim sub' }, r.of)),
    el('td', { class: 'c-place' }, r.place, el('span', { class: 'dim sub' }, r.class)),
    el('td', { class: 'c-count num' }, number.format(r.count), r.about && el('span', { title: 'some may be counted twice' }, '~')),
    el('td', { class: 'c-last num' }, minute(r.last)),
    el('td', { class: 'c-account' }, r.accounts.length ? r.accounts.map((a) => el('span', { class: 'sub' }, a)) : '-'),
    el('td', { class: 'c-fix ' + r.fix }, fixes[r.fix] || r.fix));
}

function pager(pages) {
  if (pages < 2) return null;
  const go = (label, to, name) => el('button', { type: 'button', disabled: to < 1 || to > pages, 'data-go': name, on: { click: () => {
    change({ page: to });
    drawList();
    const again = document.querySelector('[data-go="' + name + '"]:not([disabled])') || document.querySelector('[data-go]:not([disabled])');
    if (again) again.focus();
  } } }, label);
  return el('nav', { class: 'pager', 'aria-label': 'Pages' }, go('Previous', state.page - 1, 'previous'), el('span', {}, 'page ' + number.format(state.page) + ' of ' + number.format(pages)), go('Next', state.page + 1, 'next'));
}

// current is what is listed, in its order: for going on from one finding to the next.
let current = [];

function drawList() {
  const began = performance.now();
  const matched = matching();
  current = matched.through;
  const pages = Math.max(1, Math.ceil(current.length / onPage));
  if (state.page > pages) change({ page: pages });
  const box = byId('list');
  const counted = (current.length === rows.length ? plural(rows.length, 'finding') : number.format(current.length) + ' of ' + plural(rows.length, 'finding')) + ', ' + plural(current.reduce((n, r) => n + r.count, 0), 'denial');
  if (!byId('table')) {
    box.replaceChildren(el('h2', { class: 'unseen' }, 'Findings'), controls(), el('p', { class: 'counted', id: 'counted' }), el('div', { id: 'table' }), el('div', { id: 'pager' }));
  }
  for (const f of ['status', 'cause', 'account', 'bucket']) {
    const pick = byId('pick-' + f);
    if (state[f] && ![...pick.options].some((o) => o.value === state[f])) pick.append(el('option', { value: state[f] }, state[f]));
    pick.value = state[f];
  }
  if (byId('search').value !== state.q) byId('search').value = state.q;
  byId('clear').hidden = !state.q && filters.every((f) => !state[f]);
  byId('counted').replaceChildren(counted, filters.filter((f) => state[f] && !byId('pick-' + f)).map((f) => el('button', { type: 'button', class: 'chip', on: { click: () => set(f, state[f]) } }, { who: 'requester: ' + state[f], fix: 'change: ' + (fixes[state[f]] || state[f]), ask: 'perhaps intended' }[f], el('span', { 'aria-hidden': 'true' }, ' ×'), unseen(', remove'))));
  const shown = current.slice((state.page - 1) * onPage, state.page * onPage);
  byId('table').replaceChildren(shown.length
    ? el('table', { class: 'findings' }, el('caption', { class: 'unseen' }, 'Findings'), el('thead', {}, head()), el('tbody', {}, shown.map(line)))
    : el('p', { class: 'empty' }, rows.length ? 'No finding fits these filters.' : 'There are no findings.'));
  byId('pager').replaceChildren(pager(pages) || '');
  drawOverview(matched);
  say(counted);
  document.documentElement.dataset.took = (performance.now() - began).toFixed(1);
}
