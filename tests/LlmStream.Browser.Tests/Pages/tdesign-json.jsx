import { createRoot } from 'react-dom/client';
import { ChatBot } from '@tdesign-react/chat';
import '@tdesign-react/chat/es/style/index.js';

// TDesign's chat component with a mapping by the application: it is given the JSON of each event, and returns the content to show.
const service = {
    endpoint: '/api/chat',
    stream: true,
    onRequest: ({ prompt }) => ({ body: JSON.stringify({ message: prompt }) }),
    onMessage: ({ data }) => {
        if (data.done) document.getElementById('finish').textContent = data.finish_reason ?? 'stop';
        if (data.error) return { type: 'text', data: data.error, status: 'error', strategy: 'append' };
        return data.content ? { type: 'markdown', data: data.content, status: 'streaming', strategy: 'merge' } : null;
    },
};

createRoot(document.getElementById('root')).render(<><ChatBot chatServiceConfig={service} /><p id="finish" /></>);
