// The Web Worker that looks for mistakes.
import { loadTriplet } from "triplet";
import { serve } from "./mistakes.js";

serve(self, loadTriplet());
