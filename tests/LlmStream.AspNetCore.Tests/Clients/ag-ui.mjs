// ag-ui.mjs PACKAGE: AG-UI's HttpAgent.
import { load, parseArguments, run } from './driver.mjs';

const { HttpAgent } = await load(process.argv[2]);

// The protocol has no way to resume: the request is one of our own, its response is read as any other.
class ResumingAgent extends HttpAgent {
  requestInit = () => ({ method: 'GET', headers: { accept: 'text/event-stream' }, signal: this.abortController.signal });
}

await run(async (job, fetch, onText) => {
  const events = [];
  const seen = { usage: null, metadata: null, pending: [] };
  const newAgent = (type, url) => new type({
    url,
    threadId: job.id,
    initialMessages: [{ id: 'u1', role: 'user', content: job.prompt }],
    fetch,
  });
  let agent = newAgent(HttpAgent, job.url);
  let isReloaded = false;
  const subscriber = {
    onEvent: ({ event }) => { events.push(event.type); },
    onTextMessageContentEvent: () => {
      onText();
      if (job.stop || (job.way === 'reload' && !isReloaded)) agent.abortRun();
      if (job.way === 'stop' && !isReloaded) {
        isReloaded = true;
        fetch(`${job.url}/${job.id}/stop`, { method: 'POST' });
      }
    },
    onRunErrorEvent: ({ event }) => Object.assign(seen, { status: 'error', error: event.message, code: event.code ?? null }),
    onRunFinishedEvent: ({ event: { outcome, usage, metadata }, pendingToolCallIds }) => Object.assign(
      seen, { outcome: outcome?.type ?? null, usage: usage ?? null, metadata: metadata ?? null, pending: pendingToolCallIds ?? [] }),
  };
  const runAgent = async () => {
    Object.assign(seen, { status: 'ready', error: null, code: null, outcome: null });
    try {
      await agent.runAgent({ tools: job.tools ?? [] }, subscriber);
    } catch (error) {
      Object.assign(seen, { status: 'threw', error: error.message, errorStatus: error.status ?? null, payload: error.payload ?? null });
    }
  };

  await runAgent();
  if (['reload', 'reload-after-end', 'reconnect'].includes(job.way)) {
    isReloaded = true;
    agent = newAgent(ResumingAgent, `${job.url}/${job.id}/stream`);
    await runAgent();
  }

  if (job.toolOutput) {
    for (const call of agent.messages.at(-1).toolCalls ?? []) {
      agent.addMessage({ id: `result-${call.id}`, role: 'tool', toolCallId: call.id, content: JSON.stringify(job.toolOutput) });
    }
    await runAgent();
  }

  if (job.next) {
    agent.addMessage({ id: 'u2', role: 'user', content: job.next });
    await runAgent();
  }

  const of = role => agent.messages.filter(message => message.role === role);
  return {
    ...seen,
    isFinished: events.at(-1) === 'RUN_FINISHED',
    kinds: [...new Set(events)],
    text: of('assistant').map(message => message.content ?? '').join(''),
    reasoning: of('reasoning').map(message => message.content ?? '').join(''),
    calls: of('assistant').flatMap(message => message.toolCalls ?? []).map(call => ({
      id: call.id,
      name: call.function.name,
      input: parseArguments(call.function.arguments),
      output: of('tool').find(message => message.toolCallId === call.id)?.content ?? null,
    })),
    answers: of('assistant').length,
    roles: agent.messages.map(message => message.role),
  };
});
