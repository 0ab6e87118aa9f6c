"""Import this before onnxruntime: from version 1.29 on, the import alone sends usage events to its vendor and keeps an id of the machine
in the home folder, unless the variable is set when its library loads."""
import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
