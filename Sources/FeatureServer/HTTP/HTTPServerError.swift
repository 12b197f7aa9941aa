/// Why the server cannot start.
public struct HTTPServerError: Error, Hashable, CustomStringConvertible {
    /// One sentence that says what is wrong and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
