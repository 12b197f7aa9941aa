import Columnar
import Foundation

/// The values of a column that are not null, one after the other; they live as long as this does.
struct ValidValues<Element: BitwiseCopyable> {
    /// Keeps the values alive.
    private let owner: Buffer
    let elements: UnsafeBufferPointer<Element>

    /// Takes the column's values in place, or a copy without those of nulls.
    init(_ column: Column, as type: Element.Type = Element.self) {
        let source = column.elements(as: Element.self)
        guard let validity = column.validity else {
            owner = column.values
            elements = UnsafeBufferPointer(rebasing: source[..<column.count])
            return
        }
        let target = MutableBuffer(uninitialized: column.count * MemoryLayout<Element>.stride)
        let dense = target.elements(as: Element.self)
        var count = 0
        var row = 0
        while row < column.count {
            let rows = min(64, column.count - row)
            let word = validity.word(at: row)
            for i in 0..<rows {
                // A value behind a null is written too, and then overwritten by the next.
                dense[count] = source[row + i]
                count &+= Int(word &>> UInt64(i) & 1)
            }
            row += rows
        }
        owner = target.freeze()
        elements = UnsafeBufferPointer(rebasing: owner.elements(as: Element.self)[..<count])
    }

    /// Only the values that `isKept`.
    init(_ values: UnsafeBufferPointer<Element>, where isKept: (Element) -> Bool) {
        let target = MutableBuffer(uninitialized: values.count * MemoryLayout<Element>.stride)
        let dense = target.elements(as: Element.self)
        var count = 0
        for value in values {
            dense[count] = value
            count &+= isKept(value) ? 1 : 0
        }
        owner = target.freeze()
        elements = UnsafeBufferPointer(rebasing: owner.elements(as: Element.self)[..<count])
    }
}
