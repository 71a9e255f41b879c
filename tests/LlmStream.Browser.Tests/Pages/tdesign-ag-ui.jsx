import { createRoot } from 'react-dom/client';
import { ChatBot } from '@tdesign-react/chat';
import '@tdesign-react/chat/es/style/index.js';

// TDesign's chat component with the protocol that it has built in. The body of the request is up to the application, and so is it to show
// that an answer reached its limit: the component shows it as complete.
const service = {
    endpoint: '/api/chat',
    protocol: 'agui',
    stream: true,
    onRequest: ({ prompt }) => ({
        body: JSON.stringify({
            threadId: 'thread-1',
            runId: crypto.randomUUID(),
            messages: [{ id: crypto.randomUUID(), role: 'user', content: prompt }],
            tools: [],
            context: [],
        }),
    }),
    onComplete: (isAborted, params, event) => {
        document.getElementById('finish').textContent = event?.metadata?.finishReason ?? '';
    },
};

createRoot(document.getElementById('root')).render(<><ChatBot chatServiceConfig={service} /><p id="finish" /></>);
