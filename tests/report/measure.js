// Lays everything open and lists what is wider than the page and what overlaps.
const wide = innerWidth, found = {width: wide, scroll: document.documentElement.scrollWidth, beyond: [], overlaps: []};
const box = element => element.getBoundingClientRect();
const shown = element => box(element).width > 0 && box(element).height > 0;
const name = element => element.tagName + '.' + element.getAttribute('class') + ': ' + element.textContent.trim().slice(0, 40);
const cross = (a, b, slack) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack
  && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack;
document.querySelectorAll('details').forEach(element => { element.open = true; });
for (const element of document.body.querySelectorAll('*')) {
  if (element.closest('svg') !== null && element.tagName !== 'svg' && element.tagName !== 'text') continue;
  if (element.tagName === 'SCRIPT' || !shown(element)) continue;
  const scroller = element.parentElement.closest('.scroll');
  if (scroller === null && (box(element).right > wide + 0.5 || box(element).left < -0.5)) found.beyond.push(name(element));
}
const compare = (elements, slack) => {
  const list = [...elements].filter(shown);
  list.forEach((a, i) => list.slice(i + 1).forEach(b => {
    if (cross(box(a), box(b), slack)) found.overlaps.push(name(a) + ' | ' + name(b));
  }));
};
document.querySelectorAll('.tiles, .cards, .side, header, .tile, .card, dl').forEach(parent => compare(parent.children, 0.5));
document.querySelectorAll('tr').forEach(row => compare(row.children, 0.5));
document.querySelectorAll('svg').forEach(svg => compare(svg.querySelectorAll('text'), 1.5));
for (const tile of document.querySelectorAll('.tile, .card')) {
  for (const part of tile.children) {
    if (shown(part) && (box(part).right > box(tile).right + 0.5 || box(part).bottom > box(tile).bottom + 0.5)) {
      found.overlaps.push(name(part) + ' leaves its box');
    }
  }
}
found.tiles = document.querySelectorAll('.tile').length;
found.charts = [...document.querySelectorAll('svg')].filter(shown).length;
const answer = parent.document.body.appendChild(parent.document.createElement('pre'));
answer.id = 'measured';
answer.textContent = JSON.stringify(found);
