extension ExpressionFrame {
    private typealias Elements = UnsafePointer<Float>

    /// Sums run in float64 in the order of the elements.
    func performOnVectors(_ step: Step) {
        let size = step.parameter
        switch step.operation {
        case .dotProduct: binary(step, Elements.self, Double.self) { Self.dot($0, $1, size) }
        case .cosineSimilarity:
            // 0 / 0 is NaN: a vector of zeros has no direction.
            binary(step, Elements.self, Double.self) {
                Self.dot($0, $1, size) / (Self.dot($0, $0, size).squareRoot() * Self.dot($1, $1, size).squareRoot())
            }
        case .norm: unary(step, Elements.self, Double.self) { Self.dot($0, $0, size).squareRoot() }
        case .euclideanDistance:
            binary(step, Elements.self, Double.self) { a, b in
                var sum = 0.0
                for index in 0..<size {
                    let difference = Double(a[index]) - Double(b[index])
                    sum += difference * difference
                }
                return sum.squareRoot()
            }
        default:
            checkedBinary(step, Elements.self, Int64.self, Double.self) { vector, index in
                guard index >= 0, index < size else { return (0, false) }
                return (Double(vector[Int(index)]), true)
            }
        }
    }

    private static func dot(_ a: Elements, _ b: Elements, _ size: Int) -> Double {
        var sum = 0.0
        for index in 0..<size { sum += Double(a[index]) * Double(b[index]) }
        return sum
    }
}
