import { createPage } from './page.js';

// EventSource over plain JSON events. It closes only at the end that the events state: the browser connects again if the connection just
// closes.
createPage((prompt, view) => {
    const source = new EventSource('/api/chat?message=' + encodeURIComponent(prompt));
    source.onmessage = event => {
        const data = JSON.parse(event.data);
        view.append(data.content);
        view.finish(data.finish_reason);
        if (data.done) end(`complete, ${data.tokens} tokens`);
        if (data.error) end('failed: ' + data.error);
    };
    source.onerror = () => view.status(source.readyState === EventSource.CLOSED ? 'refused' : 'connecting again');

    function end(text) {
        source.close();
        view.status(text);
    }
});
