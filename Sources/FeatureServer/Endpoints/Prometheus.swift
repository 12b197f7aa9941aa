import Columnar
import FeatureStore

/// `GET /metrics`: what the server counts, and how fresh each view is.
enum Prometheus {
    static func answer(
        _ exchange: HTTPExchange, metrics: ServerMetrics, states: ServingStates, connections: Int
    ) throws {
        exchange.contentType = .metrics
        let output = exchange.response
        metrics.write(to: output)
        let store = try FeatureStore(opening: states.project)
        let views = try store.definitions().featureViews.map { try store.freshness(of: $0.name) }
        let now = Timestamp.now
        gauge(
            "fstore_view_online_keys", "Keys that a view holds online.", views.map { ($0.view, Double($0.onlineKeys)) },
            to: output)
        gauge(
            "fstore_view_staleness_seconds", "Seconds since a view's online rows were last written.",
            views.compactMap { view in view.written.map { (view.view, seconds(from: $0, to: now)) } }, to: output)
        gauge(
            "fstore_view_history_age_seconds", "Seconds since the newest event in a view's history.",
            views.compactMap { view in view.newestEvent.map { (view.view, seconds(from: $0, to: now)) } }, to: output)
        gauge(
            "fstore_view_is_up_to_date", "1 if all of a view's history was brought online.",
            views.map { ($0.view, $0.isUpToDate ? 1 : 0) }, to: output)
        output.append(
            "# HELP fstore_stream_position Up to where a partition of a stream of pushes was taken.\n"
                + "# TYPE fstore_stream_position gauge\n")
        for place in try store.streams() {
            let labels = [("view", place.view), ("stream", place.stream), ("partition", place.partition)]
            let text = labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
            output.append("fstore_stream_position{\(text)} \(place.position)\n")
        }
        let verifications = try store.verifications()
        for (name, help, value) in [
            ("compared", "Values that the last 'fstore verify' of a service compared.", \VerificationRecord.compared),
            ("differences", "Values of them that online are not what a training set has.", \.different),
        ] {
            output.append("# HELP fstore_verify_\(name) \(help)\n# TYPE fstore_verify_\(name) gauge\n")
            for record in verifications {
                output.append(
                    "fstore_verify_\(name){service=\"\(escaped(record.service))\"} \(record[keyPath: value])\n")
            }
        }
        output.append(
            "# HELP fstore_verify_age_seconds Seconds since the last 'fstore verify' of a service.\n"
                + "# TYPE fstore_verify_age_seconds gauge\n")
        for record in verifications {
            let age = seconds(from: record.ran, to: now)
            output.append("fstore_verify_age_seconds{service=\"\(escaped(record.service))\"} \(age)\n")
        }
        gauge("fstore_connections", "Connections that are open.", Double(connections), to: output)
        gauge(
            "fstore_definitions_version", "Version of the definitions that are served.",
            Double(states.state.version), to: output)
    }

    private static func seconds(from past: Timestamp, to now: Timestamp) -> Double {
        Double(now.microseconds - past.microseconds) / 1_000_000
    }

    /// A label's value as Prometheus' text format writes it.
    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func gauge(
        _ name: String, _ help: String, _ values: [(view: String, value: Double)], to output: ByteBuffer
    ) {
        output.append("# HELP \(name) \(help)\n# TYPE \(name) gauge\n")
        for (view, value) in values { output.append("\(name){view=\"\(view)\"} \(value)\n") }
    }

    private static func gauge(_ name: String, _ help: String, _ value: Double, to output: ByteBuffer) {
        output.append("# HELP \(name) \(help)\n# TYPE \(name) gauge\n\(name) \(value)\n")
    }
}
