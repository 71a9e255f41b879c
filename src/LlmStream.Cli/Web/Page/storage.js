const KEY = 'llmstream.chat';
const INTERVAL = 1000;

// Keeps the conversation for a reload of the page, in this tab only.
export class ChatStorage {
    #chat = null;
    #timer = 0;

    load() {
        try {
            const chat = JSON.parse(sessionStorage.getItem(KEY));
            return typeof chat?.id === 'string' && Array.isArray(chat.messages) ? chat : null;
        } catch {
            return null;
        }
    }

    save(chat) {
        clearTimeout(this.#timer);
        this.#timer = 0;
        this.#chat = null;
        try {
            sessionStorage.setItem(KEY, JSON.stringify(chat));
        } catch {
            // The storage is full or not available: the chat is lost when the page is reloaded.
        }
    }

    // Saves within a second: writing the whole chat for each delta would cost more than showing it.
    saveSoon(chat) {
        this.#chat = chat;
        if (this.#timer === 0) this.#timer = setTimeout(() => this.flush(), INTERVAL);
    }

    flush() {
        if (this.#chat) this.save(this.#chat);
    }
}
