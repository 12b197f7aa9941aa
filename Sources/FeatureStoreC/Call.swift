import CArrowABI
import CFStore
import Columnar
import FeatureStore
import Foundation

/// A place for a string that C frees with `fs_string_free`.
public typealias StringPlace = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?

/// A misuse of the C interface, in one sentence.
struct CallError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// One call from C: runs `body`, and tells its error as a status and a sentence.
func call(_ error: StringPlace, _ body: () throws -> Void) -> Int32 {
    error?.pointee = nil
    do {
        try body()
        return Int32(FS_OK)
    } catch let failure {
        error?.pointee = strdup(sentence(of: failure))
        return status(of: failure)
    }
}

/// One call from C that takes long, and ends soon after the number at `stop` has become other than 0.
func call(stoppedBy stop: UnsafePointer<Int32>?, _ error: StringPlace, _ body: () throws -> Void) -> Int32 {
    guard let stop else { return call(error, body) }
    let flag = StopFlag(place: stop)
    return call(error) {
        try Cancellation.when({ flag.isSet }) {
            try Cancellation.check()
            try body()
        }
    }
}

/// A number of the caller's that another thread, or a signal handler, sets.
///
/// Invariant: the place lives until the call returns, as the header asks.
private struct StopFlag: @unchecked Sendable {
    let place: UnsafePointer<Int32>

    /// An aligned load is whole on all that we run on; that it may be seen a moment late is no harm.
    var isSet: Bool { place.pointee != 0 }
}

private func status(of error: any Error) -> Int32 {
    switch error {
    case let error as DataError where error.isCancellation: Int32(FS_STOPPED)
    case CatalogError.locked, CatalogError.busy: Int32(FS_BUSY)
    default: Int32(FS_ERROR)
    }
}

/// Our errors describe themselves; Foundation's have a sentence for people elsewhere.
private func sentence(of error: any Error) -> String {
    type(of: error) is NSError.Type ? error.localizedDescription : String(describing: error)
}

/// The text of an argument.
///
/// - Throws: `CallError` if it is NULL or no UTF-8.
func text(_ argument: UnsafePointer<CChar>?, _ name: String) throws -> String {
    guard let text = try optionalText(argument, name) else { throw CallError("\(name) is NULL; give a string") }
    return text
}

/// The text of an argument that may be left out.
func optionalText(_ argument: UnsafePointer<CChar>?, _ name: String) throws -> String? {
    guard let argument else { return nil }
    guard let text = String(validatingCString: argument) else { throw CallError("\(name) is not UTF-8") }
    return text
}

/// Writes `value` as JSON: snake_case, keys sorted, NaN and the infinities as strings.
func give(_ value: some Encodable, to place: StringPlace) throws {
    guard let place else { return }
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    place.pointee = strdup(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// The time of an argument.
func timestamp(_ microseconds: Int64) -> Timestamp {
    microseconds == .min ? .now : Timestamp(microseconds: microseconds)
}
