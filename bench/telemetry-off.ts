// Import this before onnxruntime-node, which sends usage events to its vendor unless the variable is set when it loads.
process.env['ORT_DISABLE_TELEMETRY'] = '1';
