// On a slow line a page can be used before its own script is there. What was pressed, chosen and sent until then is kept in order, and done by site.js: nothing leaves unsigned or half filled because a line is slow.
(() => {
  const kept = new Map();
  const awaited = {
    click: '[data-make-key], [data-take-key], [data-verify-all]',
    change: '[data-choose-key], [data-check] [data-key-file], [data-submit-on-change]',
    submit: 'form[data-sign], form[data-passkey], form[data-receive-form]',
  };
  const keep = event => {
    const target = event.target.closest(awaited[event.type]) ?? (event.type === 'submit' && kept.size > 0 ? event.target : null);
    if (!target || target.querySelector('input[name=signedFile]')?.files.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    kept.set(target, event);
  };
  Object.keys(awaited).forEach(type => document.addEventListener(type, keep, true));
  window.takeOver = async does => {
    Object.keys(awaited).forEach(type => document.removeEventListener(type, keep, true));
    for (const [target, event] of kept) await does[event.type](target, event.submitter);
  };
})();
