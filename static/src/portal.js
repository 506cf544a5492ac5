// Makes the GOV.UK components work: error summary focus, character count, buttons against double clicks.
// Every page is complete without it.
import { initAll } from "./govuk-frontend.min.js";

initAll();
