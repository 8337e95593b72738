declare module 'parse-prometheus-text-format' {
  export interface Metric {
    labels?: Record<string, string>;
    value?: string;
    /** Of a histogram without labels: how many up to each bound. */
    buckets?: Record<string, string>;
    count?: string;
    sum?: string;
  }

  export interface Family {
    name: string;
    type: 'COUNTER' | 'GAUGE' | 'HISTOGRAM' | 'SUMMARY' | 'UNTYPED';
    metrics: Metric[];
  }

  /** @throws on text that is not in Prometheus's format */
  export default function parse(text: string): Family[];
}
