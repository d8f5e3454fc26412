import { startPage } from "../page.js";
import { startBox } from "./box.js";
import { startEffects } from "./effects.js";
import { startFilters } from "./filters.js";
import { startNavigation, submit } from "./navigate.js";
import { startParts } from "./parts.js";
import { startVisits } from "./visits.js";

startPage();
startParts();
startBox(submit, true);
startFilters();
startEffects();
startVisits();
startNavigation();
document.documentElement.dataset.ready = "";
