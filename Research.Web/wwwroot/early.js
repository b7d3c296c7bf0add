// On a slow line a page can be used before its own script is there. What was chosen and sent until then is kept, and done again by site.js: nothing leaves unsigned because a line is slow.
(() => {
  const kept = new Map();
  const awaited = { submit: 'form[data-sign], form[data-passkey], form[data-receive-form]', change: '[data-choose-key], [data-check] [data-key-file], [data-submit-on-change]' };
  const keep = event => {
    if (!event.target.matches(awaited[event.type]) || event.target.querySelector('input[name=signedFile]')?.files.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    kept.set(event.target, event);
  };
  Object.keys(awaited).forEach(type => document.addEventListener(type, keep, true));
  window.takeOver = () => {
    Object.keys(awaited).forEach(type => document.removeEventListener(type, keep, true));
    kept.forEach((event, target) => event.type === 'submit' ? target.requestSubmit(event.submitter ?? undefined) : target.dispatchEvent(new Event('change', { bubbles: true })));
    kept.clear();
  };
})();
