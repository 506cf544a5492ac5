// Makes the GOV.UK components work: error summary focus, character count, buttons against double clicks.
// Every page is complete without it.
import { initAll } from "./govuk-frontend.min.js";

// The components ask for these two: they say that scripts run and that the browser can run theirs.
document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
