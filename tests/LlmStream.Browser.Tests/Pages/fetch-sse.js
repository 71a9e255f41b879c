import { createPage } from './page.js';

// A reader as it is found in many tutorials: every read is split into lines without a buffer, every line is taken for data, and every
// event is expected to have a first choice. Whatever it does not expect ends in onFail.
async function fetchSSE(url, init, { onDelta, onFail, onComplete }) {
    try {
        const response = await fetch(url, init).catch(error => {
            onComplete(false, error.toString());
            throw error;
        });
        if (!response.ok) {
            onComplete(false, response.statusText);
            throw new Error('Request failed');
        }

        const reader = response.body.getReader();
        const decoder = new TextDecoder();
        for (;;) {
            const { done, value } = await reader.read();
            if (done) {
                onComplete(true);
                return;
            }

            for (const line of decoder.decode(value).split(/\r?\n/)) {
                if (line === '') continue;
                const payload = line.slice(6);
                if (payload === '[DONE]') continue;
                const choice = JSON.parse(payload.trim())?.choices?.[0];
                if (choice.finish_reason !== 'stop') onDelta(choice);
            }
        }
    } catch {
        onFail();
    }
}

createPage((prompt, view) => {
    let message;
    fetchSSE('/v1/chat/completions', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: prompt }], stream: true }),
    }, {
        onDelta: choice => {
            view.append(choice.delta.content);
            view.finish(choice.finish_reason);
        },
        onFail: () => view.status(['failed', message].filter(Boolean).join(': ')),
        onComplete: (ok, text) => {
            message = text;
            if (ok) view.status('complete');
        },
    });
});
