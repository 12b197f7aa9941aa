import Columnar
import FeatureStore
import Foundation
import Synchronization

/// `POST /materialize` and `/materialize-incremental` (Feast 0.67): brings what is new in views' histories online.
///
/// Feast's clients send `start_ts`, which a store that follows the order of arrival does not need; rows before it are
/// left out as asked. One materialization runs at a time; a second is refused with 409, as Feast does.
final class Materializations: Sendable {
    private let project: String
    private let isRunning = Mutex(false)

    init(project: String) { self.project = project }

    func answer(_ exchange: HTTPExchange, isIncremental: Bool) throws {
        let request = try Request(exchange.body.bytes, isIncremental: isIncremental)
        guard
            isRunning.withLock({ isRunning in
                defer { isRunning = true }
                return !isRunning
            })
        else { throw RequestError(409, "a materialization is running already; try again when it has ended") }
        defer { isRunning.withLock { $0 = false } }
        do {
            let store = try FeatureStore(opening: project)
            let definitions = try store.definitions()
            let views = request.views ?? definitions.featureViews.map(\.name)
            for view in views { _ = try definitions.storedView(named: view) }
            for view in views { _ = try store.materialize(view, from: request.start, to: request.end) }
        } catch CatalogError.locked(_, let owner) {
            throw RequestError(409, "another process\(owner) is writing to this project; try again when it has ended")
        }
        exchange.response.append("null" as StaticString)
    }

    private struct Request {
        var start: Timestamp?
        var end: Timestamp?
        var views: [String]?

        init(_ body: UnsafeRawBufferPointer, isIncremental: Bool) throws {
            var start: Timestamp?
            var end: Timestamp?
            var views: [String]?
            var cursor = JSONCursor(body)
            try cursor.object { (name, cursor) throws(JSONError) in
                if try cursor.peek() == UInt8(ascii: "n") {
                    try cursor.skipValue()
                } else if name == "start_ts" {
                    start = try cursor.time()
                } else if name == "end_ts" {
                    end = try cursor.time()
                } else if name == "feature_views" {
                    var names: [String] = []
                    try cursor.array { (cursor) throws(JSONError) in names.append(try cursor.string().string) }
                    views = names
                } else {
                    try cursor.skipValue()
                }
            }
            try cursor.expectEnd()
            self.start = isIncremental ? nil : start
            self.end = end
            self.views = views
            if let start = self.start, let end, end < start {
                throw RequestError(422, "end_ts (\(end)) lies before start_ts (\(start))")
            }
        }
    }
}

extension JSONCursor {
    /// Reads a time as text.
    mutating func time() throws(JSONError) -> Timestamp {
        let start = offset
        guard let time = Timestamp(parsing: try string().string) else {
            throw error("a time such as 2024-01-31T10:00:00Z is expected", at: start)
        }
        return time
    }
}
