// SPDX-License-Identifier: Apache-2.0
// Call the Claude API with the official TypeScript SDK, unmodified.
//
// usage: node call.mjs once | node call.mjs loop
//
// Prints one JSON line per call: {"sdk","kind","ok","error"}. `loop` makes one
// call a second with one client until the file named by STOP_FILE exists.
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';

async function call(client, kind) {
	const line = { sdk: 'typescript', kind, ok: true };
	try {
		const answer = await client.messages.create({
			model: 'sandbox-model',
			max_tokens: 16,
			messages: [{ role: 'user', content: 'ping' }],
		});
		line.ok = answer.type === 'message';
	} catch (error) {
		line.ok = false;
		line.error = `${error.constructor.name}: ${error.message}`.slice(0, 300);
	}
	line.t = Math.floor(Date.now() / 1000);
	console.log(JSON.stringify(line));
}

const kind = process.argv[2];
// No retries: a call that only works at the second try is a failed call here.
const client = new Anthropic({ maxRetries: 0, timeout: 10000 });
await call(client, kind);
while (kind === 'loop' && !existsSync(process.env.STOP_FILE)) {
	await wait(1000);
	await call(client, kind);
}
