/// What is wrong with an expression, and where in its text.
package struct ExpressionError: Error, Hashable, Sendable {
    /// One sentence.
    package var message: String
    /// The place in the text, in characters from 0.
    package var offset: Int

    init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }
}

extension ExpressionError: CustomStringConvertible {
    package var description: String { "column \(offset + 1): \(message)" }
}
