// The Web Worker.
import { loadTriplet } from "triplet";
import { serve } from "./trainer.js";

serve(self, loadTriplet());
