// Forms of records: suggestions while somebody types a name, and drafts that are kept as one types.
// Without this script a look-up button and a button that saves do the same.
(async () => {
  'use strict';
  const form = document.querySelector('form.record-form');
  if (!form) return;
  const {default: Combobox} = await import('/static/vendor/combobox-nav.js');

  const pause = (wait, act) => {
    let timer;
    return (...given) => { clearTimeout(timer); timer = setTimeout(() => act(...given), wait); };
  };

  // Suggestions.
  const option = (list, suggestion, number) => {
    const item = document.createElement('li');
    item.id = `${list.id}-${number}`;
    item.setAttribute('role', 'option');
    item.dataset.id = suggestion.id;
    item.dataset.label = suggestion.label;
    const name = document.createElement('bdi');
    name.textContent = suggestion.label;
    item.append(name);
    if (suggestion.hint) {
      const hint = document.createElement('span');
      hint.className = 'quiet';
      hint.textContent = ` ${suggestion.hint}`;
      item.append(hint);
    }
    return item;
  };

  const picker = (box) => {
    const input = box.querySelector('input[data-name]');
    const list = box.querySelector('ul[role=listbox]');
    const combobox = new Combobox(input, list, {tabInsertsSuggestions: false});
    let asked = 0;
    const close = () => { if (!list.hidden) { list.hidden = true; combobox.stop(); input.setAttribute('aria-expanded', 'false'); } };

    const suggest = pause(200, async () => {
      const words = input.value.trim();
      const mine = ++asked;
      if (words.length < 2) return close();
      const answer = await fetch(`/pick?${box.dataset.pick}&q=${encodeURIComponent(words)}`, {headers: {Accept: 'application/json'}});
      if (!answer.ok || mine !== asked) return;
      const found = await answer.json();
      close();
      list.replaceChildren(...found.map((one, number) => option(list, one, number)));
      if (found.length > 0 && document.activeElement === input) {
        list.hidden = false;
        combobox.start();
      }
    });

    input.addEventListener('input', suggest);
    input.addEventListener('blur', () => setTimeout(close, 150));
    input.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
    list.addEventListener('mousedown', (event) => event.preventDefault());
    list.addEventListener('combobox-commit', (event) => {
      asked++;
      choose(box, input, event.target);
      close();
    });
  };

  // choose puts a suggestion into the field, as the server would have it.
  const choose = (box, input, item) => {
    const label = item.dataset.label;
    input.value = label;
    box.querySelector('input[data-was]').value = label;
    box.querySelectorAll('fieldset.choices, input[data-id], p.now').forEach((old) => old.remove());
    const id = document.createElement('input');
    Object.assign(id, {type: 'hidden', name: `${input.name}:id`, value: item.dataset.id});
    id.dataset.id = '';
    const now = document.createElement('p');
    now.className = 'small now';
    now.textContent = item.textContent;
    box.append(id, now);
    if (input.name === '/record') {
      // What can follow depends on what changed: let the form be made for it.
      form.requestSubmit(box.querySelector('button[value="look:/record"]'));
      return;
    }
    input.dispatchEvent(new Event('change', {bubbles: true}));
  };

  form.querySelectorAll('.picker').forEach(picker);

  // Drafts.
  const saved = form.querySelector('[data-saved]');
  let leaving = false;
  // One after the other, so that each knows the edition that the one before it made.
  let last = Promise.resolve();
  const keep = pause(1500, () => { last = last.then(send); });
  const send = async () => {
    if (leaving) return;
    const body = new URLSearchParams(new FormData(form));
    body.set('do', 'keep');
    const answer = await fetch(form.action, {method: 'POST', body, headers: {Accept: 'application/json'}}).catch(() => null);
    if (leaving) return;
    if (!answer || !answer.ok) {
      const told = answer && answer.status === 409 ? (await answer.json()).message : 'The draft could not be saved. It will be tried again when you type on.';
      saved.textContent = told;
      return;
    }
    const kept = await answer.json();
    form.elements.edition.value = kept.edition;
    history.replaceState(null, '', kept.address);
    saved.textContent = 'Draft saved.';
    form.dataset.saved = kept.edition;
  };
  form.addEventListener('input', keep);
  form.addEventListener('change', keep);
  form.addEventListener('submit', () => { leaving = true; });
  form.dataset.ready = 'yes';
})();
