#!/usr/bin/env node
import { runServer } from '../dist/run-server.js';

await runServer(process.argv);
