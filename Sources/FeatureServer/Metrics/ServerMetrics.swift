import FeatureStore
import Synchronization

/// What the server counts of itself.
final class ServerMetrics: Sendable {
    /// Requests by endpoint and class of status (1xx to 5xx).
    private let requests = AtomicCounters(count: Endpoint.allCases.count * 6)
    private let durations = Endpoint.allCases.map { _ in Histogram() }
    let rowsRead = Atomic<UInt64>(0)
    let rowsPushed = Atomic<UInt64>(0)
    /// By `FeatureStatus.allCases`.
    private let statuses = AtomicCounters(count: FeatureStatus.allCases.count)

    func record(_ endpoint: Endpoint, status: Int, microseconds: UInt64) {
        requests.add(1, to: endpoint.rawValue * 6 + min(max(status / 100, 0), 5))
        durations[endpoint.rawValue].record(microseconds: microseconds)
    }

    func record(_ counts: OnlineFeatures.Counts) {
        rowsRead.add(UInt64(counts.rows), ordering: .relaxed)
        record(counts.statuses.present, as: 0)
        record(counts.statuses.null, as: 1)
        record(counts.statuses.notFound, as: 2)
        record(counts.statuses.tooOld, as: 3)
    }

    private func record(_ number: Int, as status: Int) {
        if number > 0 { statuses.add(UInt64(number), to: status) }
    }

    /// Prometheus' text format, version 0.0.4.
    func write(to output: ByteBuffer) {
        output.append(
            "# HELP fstore_requests_total Requests answered.\n# TYPE fstore_requests_total counter\n" as StaticString)
        for endpoint in Endpoint.allCases {
            for kind in 1...5 {
                let count = requests[endpoint.rawValue * 6 + kind]
                if count == 0 { continue }
                output.append(
                    "fstore_requests_total{endpoint=\"\(endpoint.label)\",status=\"\(kind)xx\"} \(count)\n")
            }
        }
        output.append(
            """
            # HELP fstore_request_duration_seconds Time from a request's head to its answer sent.
            # TYPE fstore_request_duration_seconds histogram

            """ as StaticString)
        for endpoint in Endpoint.allCases { write(durations[endpoint.rawValue], endpoint, to: output) }
        output.append(
            """
            # HELP fstore_rows_read_total Entities asked for online.
            # TYPE fstore_rows_read_total counter
            fstore_rows_read_total \(rowsRead.load(ordering: .relaxed))
            # HELP fstore_rows_pushed_total Rows pushed through this server.
            # TYPE fstore_rows_pushed_total counter
            fstore_rows_pushed_total \(rowsPushed.load(ordering: .relaxed))
            # HELP fstore_values_total Feature values served, by what is known of them.
            # TYPE fstore_values_total counter

            """)
        for (place, status) in FeatureStatus.allCases.enumerated() {
            output.append("fstore_values_total{status=\"\(status.rawValue)\"} \(statuses[place])\n")
        }
    }

    private func write(_ histogram: Histogram, _ endpoint: Endpoint, to output: ByteBuffer) {
        let (cumulative, sum) = histogram.state
        guard let count = cumulative.last, count > 0 else { return }
        let name = "fstore_request_duration_seconds"
        for (bound, total) in zip(Histogram.bounds, cumulative) {
            output.append(
                "\(name)_bucket{endpoint=\"\(endpoint.label)\",le=\"\(Double(bound) / 1_000_000)\"} \(total)\n")
        }
        output.append("\(name)_bucket{endpoint=\"\(endpoint.label)\",le=\"+Inf\"} \(count)\n")
        output.append("\(name)_sum{endpoint=\"\(endpoint.label)\"} \(Double(sum) / 1_000_000)\n")
        output.append("\(name)_count{endpoint=\"\(endpoint.label)\"} \(count)\n")
    }
}
