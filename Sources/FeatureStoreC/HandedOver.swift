import CArrowABI
import Columnar

/// A stream of rows that a caller has handed over: released in any case, also where a call ends before it reads it.
struct HandedOver: ~Copyable {
    private let stream: UnsafeMutablePointer<ArrowArrayStream>?

    init(_ stream: UnsafeMutablePointer<ArrowArrayStream>?) { self.stream = stream }

    deinit {
        // One that was read is released already.
        if let stream, let release = stream.pointee.release {
            release(stream)
            stream.pointee.release = nil
        }
    }

    /// All rows, once, and how messages name them: as `origin`, or as the argument `name`.
    ///
    /// - Throws: `DataError` under that name; `CallError` if there is no stream.
    func take(origin: UnsafePointer<CChar>? = nil, called name: String) throws -> (table: Table, origin: String) {
        guard let stream else { throw CallError("\(name) is NULL; give a stream") }
        let origin = try optionalText(origin, "origin") ?? name
        do {
            return (try ArrowImport.table(from: stream), origin)
        } catch {
            throw error.inFile(origin)
        }
    }
}
