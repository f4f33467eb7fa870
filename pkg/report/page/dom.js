// What makes elements. Text is only ever set as text.

const svgNS = 'http://www.w3.org/2000/svg';

function fill(e, props, kids) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'on') {
      for (const [event, does] of Object.entries(value)) e.addEventListener(event, does);
    } else {
      e.setAttribute(name, value === true ? '' : String(value));
    }
  }
  for (const kid of kids.flat(Infinity)) {
    if (kid !== undefined && kid !== null && kid !== false && kid !== '') e.append(kid);
  }
  return e;
}

const el = (tag, props, ...kids) => fill(document.createElement(tag), props, kids);
const svg = (tag, props, ...kids) => fill(document.createElementNS(svgNS, tag), props, kids);
const byId = (id) => document.getElementById(id);
const unseen = (text) => el('span', { class: 'unseen' }, text);

const number = new Intl.NumberFormat('en');
const plural = (n, one, several) => number.format(n) + ' ' + (n === 1 ? one : several || one + 's');

// Times are those of the records: UTC.
const iso = (s) => (s ? new Date(s * 1000).toISOString() : '');
const minute = (s) => (s ? iso(s).slice(0, 16).replace('T', ' ') : '-');

function say(text) {
  byId('live').textContent = text;
}

// copier is a button that copies a text, or selects it where it may not.
function copier(text, what, from) {
  const b = el('button', { type: 'button', class: 'copy', 'aria-label': 'Copy ' + what }, 'Copy');
  b.addEventListener('click', async () => {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(from());
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      done = document.execCommand('copy');
    }
    b.textContent = done ? 'Copied' : 'Selected';
    say(done ? what + ' copied' : what + ' selected');
    setTimeout(() => { b.textContent = 'Copy'; }, 1600);
  });
  return b;
}

// pasteable is a text to be copied.
function pasteable(text, what) {
  const pre = el('pre', { tabindex: 0, role: 'group', 'aria-label': what }, el('code', {}, text));
  return el('div', { class: 'paste' }, pre, copier(text, what, () => pre));
}

// What is drawn for a verdict: told by its shape, its fill and its line as well as by
// its colour.
const verdicts = ['not involved', 'passes', 'not known', 'blocks'];
const verdictClass = ['uninvolved', 'passes', 'unknown', 'blocks'];

function sign(v) {
  const shapes = [
    () => [svg('path', { d: 'M6 12h12', class: 'thick' })],
    () => [svg('circle', { cx: 12, cy: 12, r: 9 }), svg('path', { d: 'M7.8 12.4l2.9 2.9 5.6-6.2', class: 'thick' })],
    () => [svg('path', { d: 'M12 1.8L22.2 12 12 22.2 1.8 12z', class: 'dashed' }),
      svg('path', { d: 'M9.6 9.9c0-1.5 1.1-2.5 2.5-2.5s2.4 1 2.4 2.3c0 1.9-2.4 2-2.4 3.9', class: 'thick' }), svg('circle', { cx: 12.1, cy: 16.4, r: 0.6, class: 'dot' })],
    () => [svg('path', { d: 'M8.1 1.5h7.8l6.6 6.6v7.8l-6.6 6.6H8.1L1.5 15.9V8.1z' }), svg('path', { d: 'M8.7 4.4h6.6l4.3 4.3v6.6l-4.3 4.3H8.7l-4.3-4.3V8.7z', class: 'full' }),
      svg('path', { d: 'M8.9 8.9l6.2 6.2M15.1 8.9l-6.2 6.2', class: 'cut' })],
  ];
  return svg('svg', { viewBox: '0 0 24 24', class: 'sign ' + verdictClass[v], 'aria-hidden': 'true', focusable: 'false' }, shapes[v]());
}
