// What scripts add to staff pages. Everything works without this file; public pages do not load it.
import {
  Button,
  Checkboxes,
  ErrorSummary,
  PasswordInput,
  Radios,
  createAll,
} from "govuk-frontend";

document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) document.body.classList.add("govuk-frontend-supported");

for (const component of [Button, Checkboxes, ErrorSummary, PasswordInput, Radios]) {
  createAll(component);
}

// A filter form applies itself when a choice changes; without scripts its button does.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-apply-on-change]");
  if (form) form.requestSubmit();
});
