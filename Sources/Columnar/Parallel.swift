import Dispatch
import Synchronization

/// Splits independent work over the cores.
public enum Parallel {
    /// `transform` of each element, in the elements' order. Elements are taken up one by one, so uneven work evens out.
    public static func map<Element: Sendable, Result: Sendable>(
        _ elements: [Element], _ transform: @Sendable (Element) -> Result
    ) -> [Result] {
        guard elements.count > 1 else { return elements.map(transform) }
        return [Result](unsafeUninitializedCapacity: elements.count) { buffer, initialized in
            let results = Slots(base: buffer.baseAddress!)
            let cancellation = Cancellation.scope
            DispatchQueue.concurrentPerform(iterations: elements.count) { i in
                cancellation.run { (results.base + i).initialize(to: transform(elements[i])) }
            }
            initialized = elements.count
        }
    }

    /// `transform` of each element; throws the error of the first element that failed.
    public static func tryMap<Element: Sendable, Result: Sendable, Failure: Error>(
        _ elements: [Element], _ transform: @Sendable (Element) throws(Failure) -> Result
    ) throws(Failure) -> [Result] {
        let results = map(elements) { element in
            Swift.Result { () throws(Failure) -> Result in try transform(element) }
        }
        var values: [Result] = []
        values.reserveCapacity(results.count)
        for result in results { values.append(try result.get()) }
        return values
    }

    /// Distinct elements are written by distinct iterations.
    private struct Slots<Result>: @unchecked Sendable {
        let base: UnsafeMutablePointer<Result>
    }
}
