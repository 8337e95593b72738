// Generated from openapi.yaml by packages/contract/src/generate.ts; change that, not this.

export interface paths {
    "/order/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find orders
         * @description The orders that the filters let through, newest first, page by page. All filters given must
         *     fit. Follow `next_cursor`, or the `Link` header, with the same filters; an order placed
         *     meanwhile is on none of the later pages. Every page costs the same, whichever one it is.
         */
        get: operations["findOrders"];
        put?: never;
        /**
         * Place an order
         * @description Accepts an order. It is on disk before the answer is sent. An `order_id` is accepted once,
         *     ever, however many clients send it at the same moment; two orders with the same content and
         *     different ids are two orders.
         *
         *     **Lost the answer?** Send an `Idempotency-Key` with the order, and the same key with every
         *     further try: the first one that places the order is answered with 201, and so is each later
         *     one, with `Idempotent-Replayed: true`. Without a key a further try is answered with 409. Both
         *     also while so many orders are pending that no more are accepted.
         */
        post: operations["placeOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/order/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Place many orders
         * @description Accepts orders in the order given; that is their order in the queue too. Each is held to
         *     the same rules as with `POST /order/`, 64 KiB at most included, and each has its own result:
         *
         *     - `created`: accepted, and on disk before it is reported
         *     - `duplicate`: the id was accepted before, here or elsewhere
         *     - `rejected`: it cannot be read or breaks this contract; `error` says why. A pointer in it
         *       begins with the place of the order: `#/orders/3/total_amount`, or for lines
         *       `#/3/total_amount`. The first 10 faults of each order are listed.
         *     - `skipped`: nothing was found wrong with it, but nothing was placed because of others
         *
         *     **As JSON** `{"orders": […]}`, up to 10,000 orders in 16 MiB; two of one client are read at
         *     once, others wait for their turn: half a minute (`too-many-batches`), and a hundred of one
         *     client at the most. The answer comes when all are settled: 201 when all were
         *     created, 207 when some were, 422 when none was. Who reads nothing of it for ten seconds may be
         *     cut off.
         *
         *     **As lines** (`application/x-ndjson`), one order in JSON each, in UTF-8, as many as you
         *     like. Lines of nothing but white space are passed over and not counted. The answer begins
         *     at once, with status 200: a line with the result of each order, in the order given, written
         *     as soon as the order is settled, whether or not more are to come. The last line is a
         *     `BatchSummary`; an answer that ends with a `Problem`, or without either, is not whole, and
         *     orders without a result may or may not have been accepted. When the token expires meanwhile
         *     (`unauthenticated`), or the service is stopped (`stopping`), they were not: send these, with
         *     a new token or once more, and go on. Read while you send: whoever does not read is not read
         *     from either. It may go on for as long as you like; one that is silent for five minutes may
         *     be cut off.
         *
         *     An order that was reported is kept, also when the client breaks off. Send a batch again,
         *     whole or in part, whenever in doubt: what was accepted is a duplicate then.
         */
        post: operations["placeOrders"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/order/{order_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an order
         * @description The order as it was accepted, and what has become of it so far. While it is pending, also its
         *     place in the queue.
         *
         *     The answer has an `ETag`. Send it back as `If-None-Match`, and the answer is 304 without a
         *     body as long as it would be the same.
         *
         *     With `wait` (or `Prefer: wait=…`) the answer is held back until the order is Completed,
         *     Failed or Cancelled, or until the seconds are over, whichever comes first; then it tells
         *     how the order stands. It may come sooner when the service is stopping.
         */
        get: operations["readOrder"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/order/{order_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow an order
         * @description Everything that happened to an order, oldest first: as JSON up to now, and as server-sent
         *     events (`Accept: text/event-stream`) up to now and then as it happens.
         *
         *     The stream ends after the event with which the order is Completed, Failed or Cancelled.
         *     Whoever comes back with that event's id gets 204, on which an `EventSource` stops.
         */
        get: operations["followOrder"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow all orders
         * @description What happens to all orders, in one order for everybody: every event once, ids growing.
         *
         *     As server-sent events (`Accept: text/event-stream`) it begins now, or behind the event
         *     with the given id, and goes on, for as long as the token is good with which it was asked
         *     for. A reader that does not keep up is cut off; it loses
         *     nothing when it comes back with the id of the last event it has seen, as an `EventSource`
         *     does by itself.
         *
         *     As JSON it is a page of the events behind `after`, from the very first without it. Go on
         *     with `next_after`; the end is reached for now when that is what `after` was. With `type`, and
         *     with a token that sees only its user's orders, a page may be empty before the end.
         *
         *     Events of orders that were deleted, long after their end, are gone, and nothing else is. An id
         *     beyond the end of the feed is none of its own (410): the database is another one, or was
         *     restored from a backup. Read anew then, from the beginning or from now on.
         */
        get: operations["followOrders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/order/{order_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel an order
         * @description Takes an order back. One that is Pending, or waits for its next attempt, is Cancelled at
         *     once and no worker begins it (200). One that a worker is at is still Processing when this
         *     is answered (202): the worker tells its processor to give up, as a rule within
         *     milliseconds, at the latest after a third of its `LEASE_MS`. When the processor then gives
         *     up, fails, is handed back or dies, the order becomes Cancelled and is not tried again. When
         *     it finishes the work all the same, the order becomes Completed. It ends as exactly one of
         *     the two: ask for the order to learn which.
         *
         *     A processor is never cut off in the middle for a cancel: one that does not heed its signal
         *     goes on until it ends or its `PROCESSING_TIMEOUT_MS` is over.
         *
         *     Asking again changes nothing: an order that is Cancelled already is answered with 200, one
         *     that was asked to give up already with 202, and the first reason stands.
         */
        post: operations["cancelOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/order/{order_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry an order that Failed or was Cancelled
         * @description Makes the order Pending again, with a fresh set of attempts: `attempts` counts from 0. Its
         *     history and its `last_error` stay. It keeps the place in the queue that it got when it was
         *     accepted: it is started before every order that was accepted after it, and its age and its
         *     waiting time in the metrics count from then.
         *
         *     Takes no body; one that is sent is not looked at.
         */
        post: operations["retryOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the metrics
         * @description Counts of the orders that are kept, times of every order ever accepted, and figures of the
         *     queue, read at one moment: `total_orders` is always the sum of the other five counts.
         *     Reading costs the same at ten orders and at ten million.
         *
         *     The answer is JSON unless the `Accept` header prefers the Prometheus text format, as that of
         *     a Prometheus server does; see `GET /metrics/prometheus`.
         */
        get: operations["readMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics/prometheus": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the metrics as Prometheus does
         * @description The metrics in the Prometheus text format 0.0.4, whatever the `Accept` header says. Figures
         *     of orders are those of the whole service, whichever process is asked; figures of HTTP and of
         *     the process are those of the process that answers.
         */
        get: operations["readPrometheusMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See who works at what, and what is next
         * @description The order that is next to be started, and the workers that are alive with what each has in
         *     hand, at one moment. Reading costs the same however many orders wait or have ended.
         */
        get: operations["readQueue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is the process alive?
         * @description Answers 200 as long as the process can answer at all, whatever the state of the database.
         *     Restart the process when it does not.
         */
        get: operations["checkAlive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Can the process take orders?
         * @description Answers 503 while the database cannot be written or the process is stopping. Send requests
         *     elsewhere meanwhile.
         */
        get: operations["checkReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document, to read and to try out */
        get: operations["readDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Leads to the page */
        get: operations["leadToDashboard"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dashboard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A page for people who run the shop
         * @description What goes on, live; any order with its history; cancelling and retrying. The page does no
         *     more than anybody can do by this contract.
         */
        get: operations["readDashboard"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a problem means
         * @description Where the `type` of a problem leads: what has happened, and what to do about it. A page for
         *     the browser when the `Accept` header prefers `text/html`, JSON otherwise.
         */
        get: operations["explainProblem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document as YAML */
        get: operations["readContractAsYaml"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document as JSON */
        get: operations["readContractAsJson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description - `order.placed`: accepted.
         *     - `order.started`: a worker began it.
         *     - `order.completed`: done.
         *     - `order.failed`: given up after its last attempt; `detail` says why.
         *     - `order.attempt_failed`: an attempt failed and will be made again; `detail` says why.
         *     - `order.released`: handed back unfinished by a worker that stopped.
         *     - `order.interrupted`: the worker, or what ran the order in it, died. Nobody is blamed.
         *     - `order.cancel_requested`: somebody wants it cancelled while it is running.
         *     - `order.cancelled`: called off.
         *     - `order.retried`: somebody asked for it to be tried again after it had ended.
         * @enum {string}
         */
        EventType: "order.placed" | "order.started" | "order.completed" | "order.failed" | "order.attempt_failed" | "order.released" | "order.interrupted" | "order.cancel_requested" | "order.cancelled" | "order.retried";
        /** @description One thing that happened to an order. */
        OrderEvent: {
            /** @description Grows from event to event, over all orders; there may be gaps. */
            id: number;
            order_id: components["schemas"]["OrderId"];
            type: components["schemas"]["EventType"];
            /** @description How the order stood after it. */
            status: components["schemas"]["Status"];
            at: components["schemas"]["Time"];
            /**
             * @description Which claim of the order by a worker it belongs to, counted from 1; 0 before the
             *     first. Claims that were handed back or interrupted count here, and do not count in an
             *     order's `attempts`.
             */
            attempt: number;
            /** @description Which worker it was at; null where none was. */
            worker: string | null;
            /** @description Why, where there is more to say. */
            detail: string | null;
        };
        /** @description Everything that happened to an order so far, oldest first. */
        OrderHistory: {
            order_id: components["schemas"]["OrderId"];
            events: components["schemas"]["OrderEvent"][];
        };
        /** @description A page of the feed of all orders. */
        EventPage: {
            events: components["schemas"]["OrderEvent"][];
            /** @description The next page begins behind this id. */
            next_after: number;
        };
        /**
         * @description Server-sent events, as the HTML standard has them. Each event has the `id` of the event,
         *     its type as `event`, and the event as JSON (an OrderEvent) as `data`. A comment comes every
         *     15 seconds. `retry` asks to connect again 3 seconds after a stream has ended.
         * @example retry: 3000
         *
         *     id: 9
         *     event: order.started
         *     data: {"id":9,"order_id":"123","type":"order.started","status":"Processing","at":"2026-01-05T09:30:00.125Z","attempt":1,"worker":"host-1:4711:9f86d081","detail":null}
         */
        EventStream: string;
        /**
         * @description The id of an order, chosen by whoever places it: 1 to 128 letters, digits and `. _ : -`,
         *     beginning with a letter or a digit.
         * @example 123
         * @example 536365
         * @example A-2026.01:7
         */
        OrderId: string;
        /**
         * @description Who ordered: 1 to 128 letters, digits and `. _ : @ | + -`, beginning with a letter or a
         *     digit.
         * @example user_1
         * @example 17850
         * @example jo@example.org
         */
        UserId: string;
        /**
         * @description The id of one item: 1 to 64 characters, no comma, no control characters. Spaces inside are
         *     kept, spaces around it are dropped.
         * @example item_1
         * @example 85123A
         * @example BANK CHARGES
         */
        ItemId: string & (unknown & unknown & unknown & unknown);
        /**
         * @description The items of an order: one string of 1 to 2,000 ids separated by commas, or a list of them.
         *     16,384 characters in all, commas included. Spaces around an id are dropped; the order
         *     answers with the joined string.
         * @example item_1,item_2
         * @example [
         *       "item_1",
         *       "item_2"
         *     ]
         */
        ItemIds: ((string & (unknown & unknown & unknown & unknown)) | (components["schemas"]["ItemId"][] & (unknown & unknown & unknown & unknown))) & (unknown & unknown & unknown & unknown);
        /**
         * @description An ISO 4217 code in use. The code also says how many decimals an amount may have: see
         *     the next three schemas; all other codes have two.
         * @example USD
         * @enum {string}
         */
        Currency: "AED" | "AFN" | "ALL" | "AMD" | "ANG" | "AOA" | "ARS" | "AUD" | "AWG" | "AZN" | "BAM" | "BBD" | "BDT" | "BGN" | "BHD" | "BIF" | "BMD" | "BND" | "BOB" | "BOV" | "BRL" | "BSD" | "BTN" | "BWP" | "BYN" | "BZD" | "CAD" | "CDF" | "CHE" | "CHF" | "CHW" | "CLF" | "CLP" | "CNY" | "COP" | "COU" | "CRC" | "CUC" | "CUP" | "CVE" | "CZK" | "DJF" | "DKK" | "DOP" | "DZD" | "EGP" | "ERN" | "ETB" | "EUR" | "FJD" | "FKP" | "GBP" | "GEL" | "GHS" | "GIP" | "GMD" | "GNF" | "GTQ" | "GYD" | "HKD" | "HNL" | "HTG" | "HUF" | "IDR" | "ILS" | "INR" | "IQD" | "IRR" | "ISK" | "JMD" | "JOD" | "JPY" | "KES" | "KGS" | "KHR" | "KMF" | "KPW" | "KRW" | "KWD" | "KYD" | "KZT" | "LAK" | "LBP" | "LKR" | "LRD" | "LSL" | "LYD" | "MAD" | "MDL" | "MGA" | "MKD" | "MMK" | "MNT" | "MOP" | "MRU" | "MUR" | "MVR" | "MWK" | "MXN" | "MXV" | "MYR" | "MZN" | "NAD" | "NGN" | "NIO" | "NOK" | "NPR" | "NZD" | "OMR" | "PAB" | "PEN" | "PGK" | "PHP" | "PKR" | "PLN" | "PYG" | "QAR" | "RON" | "RSD" | "RUB" | "RWF" | "SAR" | "SBD" | "SCR" | "SDG" | "SEK" | "SGD" | "SHP" | "SLE" | "SOS" | "SRD" | "SSP" | "STN" | "SVC" | "SYP" | "SZL" | "THB" | "TJS" | "TMT" | "TND" | "TOP" | "TRY" | "TTD" | "TWD" | "TZS" | "UAH" | "UGX" | "USD" | "USN" | "UYI" | "UYU" | "UYW" | "UZS" | "VED" | "VES" | "VND" | "VUV" | "WST" | "XAF" | "XCD" | "XCG" | "XOF" | "XPF" | "YER" | "ZAR" | "ZMW" | "ZWG";
        /**
         * @description Codes of currencies whose amounts are whole numbers.
         * @enum {unknown}
         */
        CurrencyWithoutDecimals: "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF";
        /**
         * @description Codes of currencies whose amounts have up to three decimals.
         * @enum {unknown}
         */
        CurrencyWithThreeDecimals: "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND";
        /**
         * @description Codes of currencies whose amounts have up to four decimals.
         * @enum {unknown}
         */
        CurrencyWithFourDecimals: "CLF" | "UYW";
        /** @description An order to be placed. Fields that are not listed here are refused. */
        NewOrder: {
            order_id: components["schemas"]["OrderId"];
            user_id: components["schemas"]["UserId"];
            item_ids: components["schemas"]["ItemIds"];
            /**
             * @description What the order costs, a number with no more decimals than its currency has: two for
             *     most, none for JPY and its like, three for KWD and its like.
             * @example 34.8
             */
            total_amount: number;
            /** @default USD */
            currency?: components["schemas"]["Currency"];
        };
        /** @description The order is accepted and kept. */
        PlacedOrder: {
            /** @constant */
            message: "Order placed successfully";
            order_id: components["schemas"]["OrderId"];
        };
        /** @description Orders to be placed. */
        Batch: {
            orders: components["schemas"]["NewOrder"][];
        };
        /** @description How many orders of a batch had which result. */
        BatchSummary: {
            created: number;
            duplicates: number;
            rejected: number;
            skipped: number;
        };
        /** @description How many orders of a batch had which result, and the result of each. */
        BatchAnswer: {
            created: number;
            duplicates: number;
            rejected: number;
            skipped: number;
            /** @description In the order given. */
            results: components["schemas"]["BatchRow"][];
        };
        /** @description What became of one order of a batch. */
        BatchRow: {
            /** @description Its place in the batch, counted from 0. */
            index: number;
            /** @description Its id; null where it has none that could be read. */
            order_id: string | null;
            /** @enum {string} */
            status: "created" | "duplicate" | "rejected" | "skipped";
            /** @description What is wrong with it; with `duplicate` and `rejected`. */
            error?: components["schemas"]["RowProblem"];
        };
        /** @description What went wrong with one order of a batch. */
        RowProblem: {
            /**
             * @description What kind of problem it is; a code to rely on.
             * @enum {string}
             */
            type: "/problems/invalid-json" | "/problems/forbidden" | "/problems/order-exists" | "/problems/body-too-large" | "/problems/validation-error";
            /** @description The kind of problem in words. */
            title: string;
            /** @description What is wrong with this very order, in words. */
            detail: string;
            /**
             * @description With validation-error: the faults of the order. The first 10 are listed; `detail` says
             *     how many there are.
             */
            errors?: components["schemas"]["Fault"][];
        };
        /**
         * @description - `Pending`: accepted; waits for a worker, or for the time of its next attempt.
         *     - `Processing`: a worker is at it.
         *     - `Completed`: done.
         *     - `Failed`: given up after its last attempt; `last_error` says why.
         *     - `Cancelled`: taken back before it was done.
         * @enum {string}
         */
        Status: "Pending" | "Processing" | "Completed" | "Failed" | "Cancelled";
        /**
         * Format: date-time
         * @description A moment, ISO 8601, UTC, with milliseconds.
         * @example 2026-01-05T09:30:00.120Z
         */
        Time: string;
        /**
         * Format: date-time
         * @description A moment, ISO 8601, UTC, with milliseconds; null while there is none.
         * @example 2026-01-05T09:30:00.120Z
         * @example null
         */
        OptionalTime: string | null;
        /** @description An order and what has become of it. */
        Order: {
            order_id: components["schemas"]["OrderId"];
            status: components["schemas"]["Status"];
            user_id: components["schemas"]["UserId"];
            /**
             * @description The ids of the items, separated by commas.
             * @example item_1,item_2
             */
            item_ids: string;
            /**
             * @description What the order costs, as it was sent.
             * @example 34.8
             */
            total_amount: number;
            currency: components["schemas"]["Currency"];
            /** @description When the order was accepted. */
            placed_at: components["schemas"]["Time"];
            /** @description When a worker began it; null before. */
            started_at: components["schemas"]["OptionalTime"];
            /** @description When it was done; null unless the status is Completed. */
            completed_at: components["schemas"]["OptionalTime"];
            /** @description When it reached Completed, Failed or Cancelled; null before. */
            finished_at: components["schemas"]["OptionalTime"];
            /**
             * @description How many times a worker has begun it since it was placed or retried by request.
             * @example 1
             */
            attempts: number;
            /** @description When the next attempt is due; null unless the order waits for one. */
            next_attempt_at: components["schemas"]["OptionalTime"];
            /**
             * @description When somebody first asked to cancel it; null when nobody did, or it was retried since.
             *     An order can be Completed all the same: it was done before the worker gave up.
             */
            cancel_requested_at: components["schemas"]["OptionalTime"];
            /**
             * @description Why the last attempt that failed did so; null when none did.
             * @example the warehouse did not answer
             * @example null
             */
            last_error: string | null;
            /**
             * @description Its place among the orders that could be started now: 1 is the next. null for an order
             *     that could not. Only where one order is read by itself.
             * @example 1
             * @example null
             */
            queue_position?: number | null;
            /**
             * @description When it is started if others go on being started as they were during the last minute;
             *     null without a position, while no worker is alive, and when none was started lately.
             *     Only where one order is read by itself.
             */
            estimated_start_at?: components["schemas"]["OptionalTime"];
        };
        /** @description Orders, newest first, and where the next ones are. */
        OrderPage: {
            /**
             * @description As many as `limit` while there are more. Only with a `user_id` and the status Pending or
             *     Completed there may be fewer, even none, and more to follow.
             */
            data: components["schemas"]["Order"][];
            /** @description Whether there is a next page. */
            has_more: boolean;
            /** @description The `cursor` of the next page; null when there is none. */
            next_cursor: string | null;
        };
        /**
         * Format: date-time
         * @description A moment, with its offset from UTC (RFC 3339).
         * @example 2026-01-05T09:30:00Z
         * @example 2026-01-05T10:30:00.120+01:00
         */
        Moment: string;
        /**
         * @description Metrics in the Prometheus text format 0.0.4. Names that begin with `orders` tell of orders,
         *     with `http` of requests, with `process` and `nodejs` of the process.
         * @example # HELP orders Orders by status.
         *     # TYPE orders gauge
         *     orders{status="Pending"} 3
         */
        PrometheusText: string;
        /** @description What a kind of problem means. */
        ProblemPage: {
            /** @description The code, as in the problem. */
            type: string;
            /** @description The kind of problem in words. */
            title: string;
            /** @description The HTTP status it comes with. */
            status: number;
            /** @description What has happened. */
            meaning: string;
            /** @description What to do about it. */
            remedy: string;
        };
        /** @description Why an order is cancelled; kept in its history. */
        Cancellation: {
            /**
             * @description 1 to 500 characters, no control characters.
             * @example the customer changed their mind
             */
            reason?: string;
        };
        /** @description Counts, times and queue figures at one moment. */
        Metrics: {
            /** @description Orders that are kept, without those that were deleted; the sum of the next five. */
            total_orders: number;
            /** @description Orders that wait for a worker or for the time of their next attempt. */
            pending_orders: number;
            /** @description Orders a worker is at. */
            processing_orders: number;
            /** @description Orders that are done. */
            completed_orders: number;
            /** @description Orders that were given up after their last attempt. */
            failed_orders: number;
            /** @description Orders that were taken back before they were done. */
            cancelled_orders: number;
            /**
             * @description Mean time from start to finish of the completed orders, in seconds; 0 when there is
             *     none. The time an order waited before it was started is not part of it.
             */
            avg_processing_time_sec: number;
            /**
             * @description Mean time from acceptance to first start of the orders that were started, in seconds; 0
             *     when there is none.
             */
            avg_wait_time_sec: number;
            /**
             * @description Half of the completed orders took at most this long from start to finish, in seconds; 0
             *     when there is none. Read from a logarithmic histogram, so it may be off by about 4.5 %.
             */
            p50_processing_time_sec: number;
            /** @description The same for 95 % of the completed orders. */
            p95_processing_time_sec: number;
            /** @description The same for 99 % of the completed orders. */
            p99_processing_time_sec: number;
            /**
             * @description Half of the orders that were started waited at most this long for their first start, in
             *     seconds; 0 when there is none. As exact as the others of its kind.
             */
            p50_wait_time_sec: number;
            /** @description The same for 95 % of the started orders. */
            p95_wait_time_sec: number;
            /** @description The same for 99 % of the started orders. */
            p99_wait_time_sec: number;
            /**
             * @description How long the oldest order that could be started now has been waiting since its
             *     acceptance, in seconds; null when there is none. Orders that wait for the time of their
             *     next attempt do not count. When this grows, workers are missing.
             */
            oldest_pending_age_sec: number | null;
            /** @description Workers that have shown themselves lately. */
            active_workers: number;
        };
        /** @description The head of the queue, and who works at what. */
        Queue: {
            /**
             * @description When this was so, by the clock that all times of orders come from: what has been so
             *     "since" one of them lasts until here.
             */
            at: components["schemas"]["Time"];
            /**
             * @description The order that is next to be started; null when none is. Orders that wait for the time
             *     of their next attempt are not.
             */
            oldest_pending: null | components["schemas"]["PendingOrder"];
            /** @description Those that have shown themselves lately, the longest serving first. */
            workers: components["schemas"]["Worker"][];
        };
        /** @description An order that waits for a worker. */
        PendingOrder: {
            order_id: components["schemas"]["OrderId"];
            /** @description When it was accepted. */
            placed_at: components["schemas"]["Time"];
        };
        /** @description A worker process. */
        Worker: {
            /**
             * @description Its name, as in the events.
             * @example host-1:4711:9f86d081
             */
            worker: string;
            started_at: components["schemas"]["Time"];
            /** @description How many orders it is at. */
            in_hand: number;
            /** @description The first ten of them, in the order of their acceptance. */
            orders: components["schemas"]["OrderInHand"][];
        };
        /** @description An order that a worker is at. */
        OrderInHand: {
            order_id: components["schemas"]["OrderId"];
            /** @description Since when. */
            started_at: components["schemas"]["Time"];
            /** @description How many attempts it has taken, this one included. */
            attempts: number;
        };
        Health: {
            /** @constant */
            status: "ok";
        };
        /** @description What went wrong (RFC 9457). */
        Problem: {
            /**
             * @description What kind of problem it is; a code to rely on.
             * @enum {string}
             */
            type: "/problems/malformed-request" | "/problems/invalid-json" | "/problems/unauthenticated" | "/problems/forbidden" | "/problems/not-found" | "/problems/order-not-found" | "/problems/method-not-allowed" | "/problems/request-timeout" | "/problems/order-exists" | "/problems/order-not-cancellable" | "/problems/order-not-retryable" | "/problems/idempotency-key-in-flight" | "/problems/beyond-the-feed" | "/problems/body-too-large" | "/problems/unsupported-media-type" | "/problems/validation-error" | "/problems/idempotency-key-reused" | "/problems/too-many-requests" | "/problems/head-too-large" | "/problems/internal-error" | "/problems/database-unavailable" | "/problems/queue-full" | "/problems/too-many-followers" | "/problems/too-many-batches" | "/problems/authentication-unavailable" | "/problems/stopping";
            /** @description The kind of problem in words; the same for every problem of one type. */
            title: string;
            /** @description The HTTP status of this answer. */
            status: number;
            /** @description What is wrong with this very request, in words. */
            detail: string;
            /** @description The path that was asked for. */
            instance: string;
            /** @description The name of this request, as in X-Request-Id; the log has it too. */
            request_id: string;
            /** @description With order-not-cancellable and order-not-retryable, how the order stands. */
            current_status?: components["schemas"]["Status"];
            /**
             * @description With validation-error: every fault of the request. The first 100 are listed; `detail`
             *     says how many there are. Of a list of items no more is looked at than one too many.
             */
            errors?: components["schemas"]["Fault"][];
        };
        /** @description One fault of a request, in its body (`pointer`) or in a parameter (`parameter`). */
        Fault: {
            /**
             * @description Where in the body, as a JSON pointer (RFC 6901, as a URI fragment).
             * @example #/total_amount
             * @example #/item_ids/3
             * @example #
             */
            pointer?: string;
            /**
             * @description Which parameter of the path or the query.
             * @example order_id
             */
            parameter?: string;
            /**
             * @description The rule that is broken, by its name in JSON Schema.
             * @example required
             * @example minimum
             */
            code: string;
            /**
             * @description The rule in words.
             * @example must be >= 0
             */
            detail: string;
        } & (unknown | unknown);
    };
    responses: {
        /** @description All is well. */
        Healthy: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "status": "ok"
                 *     }
                 */
                "application/json": components["schemas"]["Health"];
            };
        };
        /**
         * @description The request cannot be read: a body that is empty, cut short, not JSON or not UTF-8
         *     (`invalid-json`), a path with invalid percent-encoding, a broken transfer or a malformed
         *     Idempotency-Key (`malformed-request`).
         */
        BadRequest: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/invalid-json",
                 *       "title": "The body is not JSON",
                 *       "status": 400,
                 *       "detail": "Unexpected end of JSON input",
                 *       "instance": "/order/",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description There is no token with the request, or one that is not to be trusted. Looked at before
         *     anything else of the request.
         */
        Unauthenticated: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/unauthenticated",
                 *       "title": "Who is asking is not known",
                 *       "status": 401,
                 *       "detail": "The token is refused: it has expired",
                 *       "instance": "/order/",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description The token is good, but does not allow this; or, where nobody is asked for one, a web page of
         *     another origin asks for it. Nothing was changed.
         */
        Forbidden: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                /**
                 * @description Which scope is wanted, as RFC 6750 has it; where tokens are asked for.
                 * @example Bearer realm="orders", error="insufficient_scope", scope="orders:write"
                 */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/forbidden",
                 *       "title": "Whoever is asking may not do this",
                 *       "status": 403,
                 *       "detail": "This needs the scope orders:write",
                 *       "instance": "/order/",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is nothing under this path. */
        NotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/not-found",
                 *       "title": "There is nothing under this path",
                 *       "status": 404,
                 *       "detail": "No problem has the code no-such-code",
                 *       "instance": "/problems/no-such-code",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no order with this id, or it is somebody else's. */
        OrderNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/order-not-found",
                 *       "title": "No such order",
                 *       "status": 404,
                 *       "detail": "Order not found",
                 *       "instance": "/order/999",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The answer to any other method on this path. */
        MethodNotAllowed: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                Allow: components["headers"]["Allow"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/method-not-allowed",
                 *       "title": "This path does not have this method",
                 *       "status": 405,
                 *       "detail": "DELETE is not possible here; possible: GET, HEAD",
                 *       "instance": "/order/123",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The order has ended; `current_status` says how. Nothing was changed. */
        OrderNotCancellable: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/order-not-cancellable",
                 *       "title": "This order cannot be cancelled any more",
                 *       "status": 409,
                 *       "detail": "The order is Completed",
                 *       "instance": "/order/123/cancel",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11",
                 *       "current_status": "Completed"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description The order is neither Failed nor Cancelled; `current_status` says how it stands. Nothing was
         *     changed.
         */
        OrderNotRetryable: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/order-not-retryable",
                 *       "title": "Only an order that Failed or was Cancelled can be retried",
                 *       "status": 409,
                 *       "detail": "The order is Processing",
                 *       "instance": "/order/123/retry",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11",
                 *       "current_status": "Processing"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is larger than 64 KiB. */
        BodyTooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/body-too-large",
                 *       "title": "The body is too large",
                 *       "status": 413,
                 *       "detail": "A body may have 65536 bytes",
                 *       "instance": "/order/",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description The event to go on behind lies beyond the end of the feed; `detail` says where that is. An
         *     `EventSource` stops on it.
         */
        BeyondFeed: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/beyond-the-feed",
                 *       "title": "The feed ends before this place",
                 *       "status": 410,
                 *       "detail": "The feed ends at 31999",
                 *       "instance": "/events",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description The body is larger than 16 MiB, or has more than 10,000 lines that are to be placed all or
         *     none.
         */
        BatchTooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/body-too-large",
                 *       "title": "The body is too large",
                 *       "status": 413,
                 *       "detail": "A body may have 16777216 bytes",
                 *       "instance": "/order/batch",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description The body is of another media type than this path takes, in another charset than UTF-8, or in
         *     an encoding that is not understood: JSON may be compressed by gzip, deflate or br.
         */
        UnsupportedMediaType: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/unsupported-media-type",
                 *       "title": "This media type is not understood here",
                 *       "status": 415,
                 *       "detail": "Send application/json, not text/plain",
                 *       "instance": "/order/",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request can be read and breaks this contract. `errors` has every fault. */
        ValidationError: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/validation-error",
                 *       "title": "The request breaks the contract",
                 *       "status": 422,
                 *       "detail": "2 faults, listed in errors",
                 *       "instance": "/order/",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11",
                 *       "errors": [
                 *         {
                 *           "pointer": "#/user_id",
                 *           "code": "required",
                 *           "detail": "is missing"
                 *         },
                 *         {
                 *           "pointer": "#/total_amount",
                 *           "code": "minimum",
                 *           "detail": "must be >= 0"
                 *         }
                 *       ]
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description The client has sent as many requests in this minute as one may, waits for and follows as
         *     many orders at once, or has as many batches waiting. A client is the user of a token, or else an address. Where requests are
         *     counted at all, every answer says in `RateLimit` how many are left
         *     (draft-ietf-httpapi-ratelimit-headers-08).
         */
        TooManyRequests: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Retry-After": components["headers"]["Retry-After"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/too-many-requests",
                 *       "title": "This client asks for too much",
                 *       "status": 429,
                 *       "detail": "A client may send 600 requests a minute",
                 *       "instance": "/order/",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A fault of the service itself. The cause is in its log, under the request id. */
        InternalError: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/internal-error",
                 *       "title": "Something went wrong here",
                 *       "status": 500,
                 *       "detail": "The cause is in the log of the service, under this request id",
                 *       "instance": "/metrics/",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description The service cannot do this right now: the database cannot be written, so many orders are
         *     pending that no more are accepted (`queue-full`), so many clients wait or follow
         *     (`too-many-followers`), so many batches are being read (`too-many-batches`), or the process
         *     is being stopped (`stopping`). Try again: an order with this answer may or may not have been
         *     accepted, and placing it again under the same id cannot make it two.
         */
        Unavailable: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/database-unavailable",
                 *       "title": "The database cannot be written right now",
                 *       "status": 503,
                 *       "detail": "Try again in a moment",
                 *       "instance": "/order/",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /**
         * @description The id of an event; the answer begins behind it.
         * @example 7
         */
        AfterEvent: number;
        /**
         * @description The id of the last event that was seen, as an `EventSource` sends it when it connects
         *     again. Goes before `after`.
         * @example 7
         */
        LastEventId: number;
        /**
         * @description Your name for this one order placement, the same in every try and never used for another:
         *     best a random UUID. As draft-ietf-httpapi-idempotency-key-header has it a quoted string,
         *     `"8e03978e-40d5-43dd-bc93-6894a57f9324"`; without the quotes it is the same key. 1 to 255
         *     characters; without quotes of visible ASCII other than `" , ; \`, in quotes any printable
         *     ASCII (`"` and `\` with a `\` before them). Anything else is answered with 400.
         *
         *     Only a 201 is remembered under a key, for a day at least. Two orders are the same when all
         *     their fields are, however they are written down. Each user has keys of their own.
         * @example "8e03978e-40d5-43dd-bc93-6894a57f9324"
         */
        IdempotencyKey: string;
        /**
         * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
         *     Anything else is replaced, not refused.
         * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
         */
        RequestId: string;
    };
    requestBodies: never;
    headers: {
        /**
         * @description The name of this request, yours where it could be used.
         * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
         */
        "X-Request-Id": string;
        /**
         * @description Names the answer: the same tag, the same answer. Weak (`W/`) while the answer has an
         *     `estimated_start_at`, which moves with time and does not count.
         * @example "XtFAfKxYWnLYyq8nGQVxTA"
         */
        ETag: string;
        /**
         * @description What is wanted, as RFC 6750 has it; with `error` where a token was sent.
         * @example Bearer realm="orders", error="invalid_token", error_description="The token is refused: it has expired"
         */
        "WWW-Authenticate": string;
        /**
         * @description The request header that the form of the answer depends on.
         * @example Accept
         */
        Vary: string;
        /**
         * @description The methods this path has.
         * @example GET, HEAD
         */
        Allow: string;
        /**
         * @description How many requests are left (`r`), and for how many seconds (`t`).
         * @example "requests"; r=0; t=42
         */
        RateLimit: string;
        /**
         * @description How many requests a client may send (`q`) in how many seconds (`w`).
         * @example "requests"; q=600; w=60; pk=:NDk5NjBkZTU4ODBl:
         */
        "RateLimit-Policy": string;
        /**
         * @description Seconds after which another try makes sense.
         * @example 1
         */
        "Retry-After": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    findOrders: {
        parameters: {
            query?: {
                /**
                 * @description Only orders in this status.
                 * @example Failed
                 */
                status?: components["schemas"]["Status"];
                /**
                 * @description Only orders of this user.
                 * @example user_1
                 */
                user_id?: components["schemas"]["UserId"];
                /**
                 * @description Only orders accepted at this moment or later: a date and time with its offset from UTC
                 *     (RFC 3339). In a query, `+` has to be written as `%2B`.
                 * @example 2026-01-05T00:00:00Z
                 */
                placed_from?: components["schemas"]["Moment"];
                /**
                 * @description Only orders accepted before this moment, written like `placed_from`.
                 * @example 2026-01-06T00:00:00Z
                 */
                placed_to?: components["schemas"]["Moment"];
                /**
                 * @description How many orders a page has at the most.
                 * @example 20
                 */
                limit?: number;
                /**
                 * @description Where the page before ended: its `next_cursor`, with the same filters as there. `limit`
                 *     may be another one.
                 * @example eyJhdCI6MTc2NzYwNTQwMDEyMCwic2VxIjo3LCJmb3IiOiJxMXcyIn0
                 */
                cursor?: string;
            };
            header?: {
                /**
                 * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
                 *     Anything else is replaced, not refused.
                 * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of orders. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    /**
                     * @description The next page, as `rel="next"` (RFC 8288); absent when there is none.
                     * @example </order/?status=Failed&limit=20&cursor=eyJhdCI6MX0>; rel="next"
                     */
                    Link?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "order_id": "123",
                     *           "status": "Completed",
                     *           "user_id": "user_1",
                     *           "item_ids": "item_1,item_2",
                     *           "total_amount": 34.8,
                     *           "currency": "USD",
                     *           "placed_at": "2026-01-05T09:30:00.120Z",
                     *           "started_at": "2026-01-05T09:30:00.125Z",
                     *           "completed_at": "2026-01-05T09:30:02.127Z",
                     *           "finished_at": "2026-01-05T09:30:02.127Z",
                     *           "attempts": 1,
                     *           "next_attempt_at": null,
                     *           "last_error": null,
                     *           "cancel_requested_at": null
                     *         }
                     *       ],
                     *       "has_more": false,
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["OrderPage"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            405: components["responses"]["MethodNotAllowed"];
            422: components["responses"]["ValidationError"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    placeOrder: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this one order placement, the same in every try and never used for another:
                 *     best a random UUID. As draft-ietf-httpapi-idempotency-key-header has it a quoted string,
                 *     `"8e03978e-40d5-43dd-bc93-6894a57f9324"`; without the quotes it is the same key. 1 to 255
                 *     characters; without quotes of visible ASCII other than `" , ; \`, in quotes any printable
                 *     ASCII (`"` and `\` with a `\` before them). Anything else is answered with 400.
                 *
                 *     Only a 201 is remembered under a key, for a day at least. Two orders are the same when all
                 *     their fields are, however they are written down. Each user has keys of their own.
                 * @example "8e03978e-40d5-43dd-bc93-6894a57f9324"
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
                 *     Anything else is replaced, not refused.
                 * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        /** @description The order, as JSON in UTF-8, 64 KiB at most. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOrder"];
            };
        };
        responses: {
            /** @description The order is accepted and kept. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    /**
                     * @description Where the order can be read.
                     * @example /order/123
                     */
                    Location: string;
                    /**
                     * @description The order had been placed before, by a request with the same Idempotency-Key; this
                     *     one changed nothing.
                     */
                    "Idempotent-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "message": "Order placed successfully",
                     *       "order_id": "123"
                     *     }
                     */
                    "application/json": components["schemas"]["PlacedOrder"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            405: components["responses"]["MethodNotAllowed"];
            /**
             * @description Nothing was changed: the id was accepted before (`order-exists`), or a request with the
             *     same Idempotency-Key is being answered at this moment (`idempotency-key-in-flight`).
             */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    /**
                     * @description Seconds after which another try makes sense; with `idempotency-key-in-flight`.
                     * @example 1
                     */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description The request can be read and breaks this contract; `errors` has every fault
             *     (`validation-error`). Or another order was placed under its Idempotency-Key
             *     (`idempotency-key-reused`).
             */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    placeOrders: {
        parameters: {
            query?: {
                /**
                 * @description `reject_failed_rows`: places every order that can be placed. `reject_everything`: places
                 *     all in one transaction, or none when one is rejected or a duplicate; up to 10,000 orders
                 *     in 16 MiB, lines too (their answer then begins when the last line is there). Duplicates
                 *     are looked for only when no order is rejected.
                 */
                error_policy?: "reject_failed_rows" | "reject_everything";
            };
            header?: {
                /**
                 * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
                 *     Anything else is replaced, not refused.
                 * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        /** @description The orders, as JSON or as lines of JSON. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "orders": [
                 *         {
                 *           "order_id": "123",
                 *           "user_id": "user_1",
                 *           "item_ids": "item_1,item_2",
                 *           "total_amount": 34.8
                 *         },
                 *         {
                 *           "order_id": "124",
                 *           "user_id": "user_1",
                 *           "item_ids": [
                 *             "item_1",
                 *             "item_2"
                 *           ],
                 *           "total_amount": 3480,
                 *           "currency": "JPY"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["Batch"];
                /**
                 * @example {"order_id": "123", "user_id": "user_1", "item_ids": "item_1", "total_amount": 34.8}
                 *     {"order_id": "124", "user_id": "user_1", "item_ids": "item_2", "total_amount": 99.99}
                 */
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description The answer to lines: each a `BatchRow`, the last one a `BatchSummary` (or a `Problem`). */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {"index":0,"order_id":"123","status":"created"}
                     *     {"index":1,"order_id":"124","status":"created"}
                     *     {"created":2,"duplicates":0,"rejected":0,"skipped":0}
                     */
                    "application/x-ndjson": string;
                };
            };
            /** @description All orders were created. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "created": 2,
                     *       "duplicates": 0,
                     *       "rejected": 0,
                     *       "skipped": 0,
                     *       "results": [
                     *         {
                     *           "index": 0,
                     *           "order_id": "123",
                     *           "status": "created"
                     *         },
                     *         {
                     *           "index": 1,
                     *           "order_id": "124",
                     *           "status": "created"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["BatchAnswer"];
                };
            };
            /** @description Some orders were created. */
            207: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "created": 1,
                     *       "duplicates": 1,
                     *       "rejected": 1,
                     *       "skipped": 0,
                     *       "results": [
                     *         {
                     *           "index": 0,
                     *           "order_id": "123",
                     *           "status": "created"
                     *         },
                     *         {
                     *           "index": 1,
                     *           "order_id": "124",
                     *           "status": "duplicate",
                     *           "error": {
                     *             "type": "/problems/order-exists",
                     *             "title": "This order id is taken",
                     *             "detail": "Order ID already exists"
                     *           }
                     *         },
                     *         {
                     *           "index": 2,
                     *           "order_id": "125",
                     *           "status": "rejected",
                     *           "error": {
                     *             "type": "/problems/validation-error",
                     *             "title": "The request breaks the contract",
                     *             "detail": "#/orders/2/total_amount must be >= 0",
                     *             "errors": [
                     *               {
                     *                 "pointer": "#/orders/2/total_amount",
                     *                 "code": "minimum",
                     *                 "detail": "must be >= 0"
                     *               }
                     *             ]
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["BatchAnswer"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            405: components["responses"]["MethodNotAllowed"];
            413: components["responses"]["BatchTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description No order was created (`application/json`), or the request as a whole breaks this
             *     contract (`application/problem+json`).
             */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "created": 0,
                     *       "duplicates": 1,
                     *       "rejected": 0,
                     *       "skipped": 1,
                     *       "results": [
                     *         {
                     *           "index": 0,
                     *           "order_id": "123",
                     *           "status": "skipped"
                     *         },
                     *         {
                     *           "index": 1,
                     *           "order_id": "124",
                     *           "status": "duplicate",
                     *           "error": {
                     *             "type": "/problems/order-exists",
                     *             "title": "This order id is taken",
                     *             "detail": "Order ID already exists"
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["BatchAnswer"];
                    /**
                     * @example {
                     *       "type": "/problems/validation-error",
                     *       "title": "The request breaks the contract",
                     *       "status": 422,
                     *       "detail": "#/orders is missing",
                     *       "instance": "/order/batch",
                     *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11",
                     *       "errors": [
                     *         {
                     *           "pointer": "#/orders",
                     *           "code": "required",
                     *           "detail": "is missing"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    readOrder: {
        parameters: {
            query?: {
                /**
                 * @description Seconds to wait for the end of the order. Goes before `Prefer`.
                 * @example 30
                 */
                wait?: number;
            };
            header?: {
                /**
                 * @description `ETag`s of answers at hand, separated by commas, or `*`. Compared weakly (RFC 9110).
                 * @example "XtFAfKxYWnLYyq8nGQVxTA"
                 */
                "If-None-Match"?: string;
                /**
                 * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
                 *     Anything else is replaced, not refused.
                 * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /**
                 * @description `wait=30` waits as the parameter does (RFC 7240), 60 seconds at most. What is not
                 *     understood is ignored.
                 * @example wait=30
                 */
                Prefer?: string;
            };
            path: {
                /**
                 * @description The id under which the order was placed.
                 * @example 123
                 */
                order_id: components["schemas"]["OrderId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The order. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    /**
                     * @description The wait that `Prefer` asked for, as far as it was heeded.
                     * @example wait=30
                     */
                    "Preference-Applied"?: string;
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description Nothing has changed since the answer whose `ETag` was sent. */
            304: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["OrderNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            422: components["responses"]["ValidationError"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    followOrder: {
        parameters: {
            query?: {
                /**
                 * @description The id of an event; the answer begins behind it.
                 * @example 7
                 */
                after?: components["parameters"]["AfterEvent"];
            };
            header?: {
                /**
                 * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
                 *     Anything else is replaced, not refused.
                 * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /**
                 * @description The id of the last event that was seen, as an `EventSource` sends it when it connects
                 *     again. Goes before `after`.
                 * @example 7
                 */
                "Last-Event-ID"?: components["parameters"]["LastEventId"];
            };
            path: {
                /**
                 * @description The id under which the order was placed.
                 * @example 123
                 */
                order_id: components["schemas"]["OrderId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events of the order. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "order_id": "123",
                     *       "events": [
                     *         {
                     *           "id": 7,
                     *           "order_id": "123",
                     *           "type": "order.placed",
                     *           "status": "Pending",
                     *           "at": "2026-01-05T09:30:00.120Z",
                     *           "attempt": 0,
                     *           "worker": null,
                     *           "detail": null
                     *         },
                     *         {
                     *           "id": 9,
                     *           "order_id": "123",
                     *           "type": "order.started",
                     *           "status": "Processing",
                     *           "at": "2026-01-05T09:30:00.125Z",
                     *           "attempt": 1,
                     *           "worker": "host-1:4711:9f86d081",
                     *           "detail": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["OrderHistory"];
                    "text/event-stream": components["schemas"]["EventStream"];
                };
            };
            /** @description The order has ended, and nothing has happened behind the given event. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["OrderNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            410: components["responses"]["BeyondFeed"];
            422: components["responses"]["ValidationError"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    followOrders: {
        parameters: {
            query?: {
                /**
                 * @description The id of an event; the answer begins behind it.
                 * @example 7
                 */
                after?: components["parameters"]["AfterEvent"];
                /**
                 * @description Only events of these types, separated by commas.
                 * @example [
                 *       "order.completed",
                 *       "order.failed"
                 *     ]
                 */
                type?: components["schemas"]["EventType"][];
                /**
                 * @description Events in a page of JSON at the most.
                 * @example 100
                 */
                limit?: number;
            };
            header?: {
                /**
                 * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
                 *     Anything else is replaced, not refused.
                 * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /**
                 * @description The id of the last event that was seen, as an `EventSource` sends it when it connects
                 *     again. Goes before `after`.
                 * @example 7
                 */
                "Last-Event-ID"?: components["parameters"]["LastEventId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "events": [
                     *         {
                     *           "id": 8,
                     *           "order_id": "122",
                     *           "type": "order.failed",
                     *           "status": "Failed",
                     *           "at": "2026-01-05T09:30:00.121Z",
                     *           "attempt": 5,
                     *           "worker": "host-1:4711:9f86d081",
                     *           "detail": "the warehouse did not answer"
                     *         }
                     *       ],
                     *       "next_after": 8
                     *     }
                     */
                    "application/json": components["schemas"]["EventPage"];
                    "text/event-stream": components["schemas"]["EventStream"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            405: components["responses"]["MethodNotAllowed"];
            410: components["responses"]["BeyondFeed"];
            422: components["responses"]["ValidationError"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    cancelOrder: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
                 *     Anything else is replaced, not refused.
                 * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The id under which the order was placed.
                 * @example 123
                 */
                order_id: components["schemas"]["OrderId"];
            };
            cookie?: never;
        };
        /** @description Why, as JSON in UTF-8; without it, no body and no `Content-Type` are needed. */
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Cancellation"];
            };
        };
        responses: {
            /** @description The order is Cancelled. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "order_id": "123",
                     *       "status": "Cancelled",
                     *       "user_id": "user_1",
                     *       "item_ids": "item_1,item_2",
                     *       "total_amount": 34.8,
                     *       "currency": "USD",
                     *       "placed_at": "2026-01-05T09:30:00.120Z",
                     *       "started_at": null,
                     *       "completed_at": null,
                     *       "finished_at": "2026-01-05T09:31:10.004Z",
                     *       "attempts": 0,
                     *       "next_attempt_at": null,
                     *       "cancel_requested_at": "2026-01-05T09:31:10.004Z",
                     *       "last_error": null
                     *     }
                     */
                    "application/json": components["schemas"]["Order"];
                };
            };
            /** @description The worker is told to give up; the order is still Processing. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "order_id": "123",
                     *       "status": "Processing",
                     *       "user_id": "user_1",
                     *       "item_ids": "item_1,item_2",
                     *       "total_amount": 34.8,
                     *       "currency": "USD",
                     *       "placed_at": "2026-01-05T09:30:00.120Z",
                     *       "started_at": "2026-01-05T09:30:00.125Z",
                     *       "completed_at": null,
                     *       "finished_at": null,
                     *       "attempts": 1,
                     *       "next_attempt_at": null,
                     *       "cancel_requested_at": "2026-01-05T09:30:01.004Z",
                     *       "last_error": null
                     *     }
                     */
                    "application/json": components["schemas"]["Order"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["OrderNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            409: components["responses"]["OrderNotCancellable"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["ValidationError"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    retryOrder: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
                 *     Anything else is replaced, not refused.
                 * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The id under which the order was placed.
                 * @example 123
                 */
                order_id: components["schemas"]["OrderId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The order is Pending again. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "order_id": "123",
                     *       "status": "Pending",
                     *       "user_id": "user_1",
                     *       "item_ids": "item_1,item_2",
                     *       "total_amount": 34.8,
                     *       "currency": "USD",
                     *       "placed_at": "2026-01-05T09:30:00.120Z",
                     *       "started_at": null,
                     *       "completed_at": null,
                     *       "finished_at": null,
                     *       "attempts": 0,
                     *       "next_attempt_at": null,
                     *       "cancel_requested_at": null,
                     *       "last_error": "the warehouse did not answer"
                     *     }
                     */
                    "application/json": components["schemas"]["Order"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["OrderNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            409: components["responses"]["OrderNotRetryable"];
            422: components["responses"]["ValidationError"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    readMetrics: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
                 *     Anything else is replaced, not refused.
                 * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metrics. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "total_orders": 12,
                     *       "pending_orders": 3,
                     *       "processing_orders": 1,
                     *       "completed_orders": 7,
                     *       "failed_orders": 1,
                     *       "cancelled_orders": 0,
                     *       "avg_processing_time_sec": 2.004,
                     *       "avg_wait_time_sec": 5.871,
                     *       "p50_processing_time_sec": 2.01,
                     *       "p95_processing_time_sec": 2.09,
                     *       "p99_processing_time_sec": 2.09,
                     *       "p50_wait_time_sec": 4.76,
                     *       "p95_wait_time_sec": 11.31,
                     *       "p99_wait_time_sec": 13.45,
                     *       "oldest_pending_age_sec": 4.203,
                     *       "active_workers": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Metrics"];
                    "text/plain": components["schemas"]["PrometheusText"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            405: components["responses"]["MethodNotAllowed"];
            422: components["responses"]["ValidationError"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    readPrometheusMetrics: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
                 *     Anything else is replaced, not refused.
                 * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metrics. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": components["schemas"]["PrometheusText"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            405: components["responses"]["MethodNotAllowed"];
            422: components["responses"]["ValidationError"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    readQueue: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
                 *     Anything else is replaced, not refused.
                 * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The head of the queue and the workers. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "at": "2026-01-05T09:30:01.312Z",
                     *       "oldest_pending": {
                     *         "order_id": "124",
                     *         "placed_at": "2026-01-05T09:30:00.981Z"
                     *       },
                     *       "workers": [
                     *         {
                     *           "worker": "host-1:4711:9f86d081",
                     *           "started_at": "2026-01-05T08:00:00.000Z",
                     *           "in_hand": 1,
                     *           "orders": [
                     *             {
                     *               "order_id": "123",
                     *               "started_at": "2026-01-05T09:30:00.125Z",
                     *               "attempts": 1
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Queue"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            405: components["responses"]["MethodNotAllowed"];
            422: components["responses"]["ValidationError"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    checkAlive: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
                 *     Anything else is replaced, not refused.
                 * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Healthy"];
            405: components["responses"]["MethodNotAllowed"];
        };
    };
    checkReady: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
                 *     Anything else is replaced, not refused.
                 * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Healthy"];
            405: components["responses"]["MethodNotAllowed"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    readDocs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page for the browser (Swagger UI). */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            405: components["responses"]["MethodNotAllowed"];
        };
    };
    leadToDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page is at `Location`. */
            302: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    /**
                     * @description Where the page is.
                     * @example /dashboard
                     */
                    Location: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            405: components["responses"]["MethodNotAllowed"];
        };
    };
    readDashboard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page for the browser. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description The page has not changed since the answer whose `ETag` was sent. */
            304: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
        };
    };
    explainProblem: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
                 *     Anything else is replaced, not refused.
                 * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The end of the problem's `type`.
                 * @example order-exists
                 */
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it means. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "type": "/problems/order-exists",
                     *       "title": "This order id is taken",
                     *       "status": 409,
                     *       "meaning": "An order with this id was accepted before.",
                     *       "remedy": "Read the order that is there, or choose another id."
                     *     }
                     */
                    "application/json": components["schemas"]["ProblemPage"];
                    "text/html": string;
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            422: components["responses"]["ValidationError"];
            500: components["responses"]["InternalError"];
        };
    };
    readContractAsYaml: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The contract, word for word as the service was started with it. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": string;
                };
            };
            405: components["responses"]["MethodNotAllowed"];
        };
    };
    readContractAsJson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The same contract as JSON. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            405: components["responses"]["MethodNotAllowed"];
        };
    };
}
