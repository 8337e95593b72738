// Generated from openapi.yaml by packages/contract/src/generate.ts; change that, not this.

export interface paths {
    "/order/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Place an order
         * @description Accepts an order. It is on disk before the answer is sent. An `order_id` is accepted once,
         *     ever, however many clients send it at the same moment; two orders with the same content and
         *     different ids are two orders.
         */
        post: operations["placeOrder"];
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
         * @description The order as it was accepted, and what has become of it so far.
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
         *     with the given id, and goes on. A reader that does not keep up is cut off; it loses
         *     nothing when it comes back with the id of the last event it has seen, as an `EventSource`
         *     does by itself.
         *
         *     As JSON it is a page of the events behind `after`, from the very first without it. Go on
         *     with `next_after`; the end is reached for now when that is what `after` was. With `type` a
         *     page may be empty before the end.
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
    "/metrics/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the metrics
         * @description Counts, times and queue figures over every order ever accepted, read at one moment:
         *     `total_orders` is always the sum of the other five counts. Reading costs the same at ten
         *     orders and at ten million.
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
             * @description How many times a worker has begun it.
             * @example 1
             */
            attempts: number;
            /** @description When the next attempt is due; null unless the order waits for one. */
            next_attempt_at: components["schemas"]["OptionalTime"];
            /**
             * @description Why the last attempt that failed did so; null when none did.
             * @example the warehouse did not answer
             * @example null
             */
            last_error: string | null;
        };
        /**
         * @description - `order.placed`: accepted.
         *     - `order.started`: a worker began it.
         *     - `order.completed`: done.
         *     - `order.failed`: given up after its last attempt; `detail` says why.
         *     - `order.attempt_failed`: an attempt failed and will be made again; `detail` says why.
         *     - `order.released`: handed back unfinished by a worker that stopped.
         *     - `order.interrupted`: the worker died with this order and others in hand.
         * @enum {string}
         */
        EventType: "order.placed" | "order.started" | "order.completed" | "order.failed" | "order.attempt_failed" | "order.released" | "order.interrupted";
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
        /** @description Counts, times and queue figures at one moment. */
        Metrics: {
            /** @description Orders ever accepted; the sum of the next five. */
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
             * @description How long the oldest order that could be started now has been waiting since its
             *     acceptance, in seconds; null when there is none. Orders that wait for the time of their
             *     next attempt do not count. When this grows, workers are missing.
             */
            oldest_pending_age_sec: number | null;
            /** @description Workers that have shown themselves lately. */
            active_workers: number;
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
            type: "/problems/malformed-request" | "/problems/invalid-json" | "/problems/not-found" | "/problems/order-not-found" | "/problems/method-not-allowed" | "/problems/order-exists" | "/problems/body-too-large" | "/problems/unsupported-media-type" | "/problems/validation-error" | "/problems/internal-error" | "/problems/database-unavailable" | "/problems/stopping";
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
            /**
             * @description With validation-error: every fault of the request. The first 100 are listed; `detail`
             *     says how many there are.
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
         *     (`invalid-json`), a path with invalid percent-encoding or a broken transfer
         *     (`malformed-request`).
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
        /** @description There is no order with this id. */
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
        /** @description The id was accepted before. Nothing was changed. */
        OrderExists: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/order-exists",
                 *       "title": "This order id is taken",
                 *       "status": 409,
                 *       "detail": "Order ID already exists",
                 *       "instance": "/order/",
                 *       "request_id": "5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11"
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
        /** @description The body is something other than `application/json`. */
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
         * @description The service cannot do this right now. Try again: an order with this answer may or may not
         *     have been accepted, and placing it again under the same id cannot make it two.
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
         * @description Your name for this request, 1 to 128 characters out of letters, digits and `. _ : -`.
         *     Anything else is replaced, not refused.
         * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
         */
        RequestId: string;
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
    };
    requestBodies: never;
    headers: {
        /**
         * @description The name of this request, yours where it could be used.
         * @example 5f0c6c1e-3a55-4c3e-9d6b-0d8f2f1f7c11
         */
        "X-Request-Id": string;
        /**
         * @description The methods this path has.
         * @example GET, HEAD
         */
        Allow: string;
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
    placeOrder: {
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
            405: components["responses"]["MethodNotAllowed"];
            409: components["responses"]["OrderExists"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["ValidationError"];
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["OrderNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            422: components["responses"]["ValidationError"];
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
            404: components["responses"]["OrderNotFound"];
            405: components["responses"]["MethodNotAllowed"];
            422: components["responses"]["ValidationError"];
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
            405: components["responses"]["MethodNotAllowed"];
            422: components["responses"]["ValidationError"];
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
                     *       "oldest_pending_age_sec": 4.203,
                     *       "active_workers": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Metrics"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            422: components["responses"]["ValidationError"];
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
