/// Text that is not the JSON it should be.
struct JSONError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, and what was expected.
    let message: String
    /// Bytes before the mistake.
    let offset: Int

    var description: String { "\(message) at byte \(offset + 1) of the body" }
}
