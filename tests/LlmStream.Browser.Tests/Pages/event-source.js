import { createPage } from './page.js';

// EventSource over OpenAI's chunks: it closes at the finish reason "stop", and at any error of the connection.
createPage((prompt, view) => {
    const source = new EventSource('/api/stream?prompt=' + encodeURIComponent(prompt));
    source.onmessage = event => {
        const data = JSON.parse(event.data);
        if (data.choices[0].delta?.content) view.append(data.choices[0].delta.content);
        if (data.choices[0].finish_reason === 'stop') {
            source.close();
            view.status('complete');
        }
    };
    source.onerror = () => {
        source.close();
        view.status('failed');
    };
});
