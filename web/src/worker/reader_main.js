// The Web Worker that reads files.
import { loadTriplet } from "triplet";
import { serve } from "./reader.js";

serve(self, loadTriplet());
