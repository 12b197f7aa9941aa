import CFStore
import Columnar
import FeatureStore
import Foundation

/// An object that C owns a reference to: made by a call, used by others, given up by the last.
///
/// A call keeps what it uses alive for itself, so a handle that another thread closes meanwhile is no danger to a call
/// that has begun.
enum Handle {
    static func make(_ object: some AnyObject) -> OpaquePointer {
        OpaquePointer(Unmanaged.passRetained(object).toOpaque())
    }

    /// - Throws: `CallError` if the handle is NULL.
    static func object<Object: AnyObject>(
        _ handle: OpaquePointer?, _ type: Object.Type = Object.self
    ) throws -> Object {
        guard let handle else { throw CallError("a handle is NULL; open it first") }
        return Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).takeUnretainedValue()
    }

    static func release<Object: AnyObject>(_ handle: OpaquePointer?, _ type: Object.Type) {
        if let handle { Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).release() }
    }
}

/// A store that any thread may use: one call at a time.
final class SharedStore {
    private let store: FeatureStore
    private let lock = NSLock()

    init(_ store: FeatureStore) { self.store = store }

    /// - Throws: what `body` throws; `DataError.stopped` if the call is stopped while it waits for another.
    func run<Result>(_ body: (FeatureStore) throws -> Result) throws -> Result {
        while !lock.lock(before: Date(timeIntervalSinceNow: 0.05)) { try Cancellation.check() }
        defer { lock.unlock() }
        return try body(store)
    }
}

/// A table on its way to another library.
final class SharedTable: Sendable {
    let table: Table
    /// The id of the training set that it is, if it is one that was recorded.
    let trainingSet: Int64?

    init(_ table: Table, trainingSet: Int64? = nil) { (self.table, self.trainingSet) = (table, trainingSet) }
}
