import Foundation

/// Both sides' values in one drawing: bins of numbers as an area with an outline over it, categories as pairs of bars.
struct DriftDrawing {
    private let shape: FeatureDrift.Shape
    private let isTime: Bool
    private static let width = 320.0
    private static let height = 110.0

    init(_ shape: FeatureDrift.Shape, isTime: Bool) { (self.shape, self.isTime) = (shape, isTime) }

    var svg: String {
        if let edges = shape.edges { return numbers(edges) }
        return categories(shape.categories ?? [])
    }

    private func numbers(_ edges: [Double]) -> String {
        let (width, height) = (Self.width, Self.height)
        let top = max(shape.baseline.max() ?? 0, shape.current.max() ?? 0, 1e-9)
        let step = width / Double(shape.baseline.count)
        func outline(_ shares: [Double]) -> String {
            var path = "M0 \(HTML.coordinate(height))"
            for (bin, share) in shares.enumerated() {
                let y = HTML.coordinate(height - share / top * (height - 8))
                path += "L\(HTML.coordinate(Double(bin) * step)) \(y)L\(HTML.coordinate(Double(bin + 1) * step)) \(y)"
            }
            return path + "L\(HTML.coordinate(width)) \(HTML.coordinate(height))"
        }
        let middle = (edges[0] + edges[edges.count - 1]) / 2
        let labels = [(0.0, "start", edges[0]), (width / 2, "middle", middle), (width, "end", edges[edges.count - 1])]
            .map { x, anchor, value in
                "<text x=\"\(HTML.coordinate(x))\" y=\"\(HTML.coordinate(height + 14))\" text-anchor=\"\(anchor)\">"
                    + (isTime ? HTML.time(value) : HTML.number(value)) + "</text>"
            }
        return """
            <svg viewBox="0 0 \(HTML.coordinate(width)) \(HTML.coordinate(height + 18))" role="img" \
            aria-label="baseline and current values"><path class="b" d="\(outline(shape.baseline))Z"/>\
            <path class="n" d="\(outline(shape.current))"/><line class="a" x1="0" x2="\(HTML.coordinate(width))" \
            y1="\(HTML.coordinate(height))" y2="\(HTML.coordinate(height))"/>\(labels.joined())</svg>
            """
    }

    private func categories(_ names: [String]) -> String {
        let row = 24.0
        let (start, width) = (112.0, Self.width)
        let top = max(shape.baseline.max() ?? 0, shape.current.max() ?? 0, 1e-9)
        let rows = names.indices.map { place in
            let y = Double(place) * row
            func bar(_ share: Double, _ y: Double, _ name: String) -> String {
                "<rect class=\"\(name)\" x=\"\(HTML.coordinate(start))\" y=\"\(HTML.coordinate(y))\" width=\""
                    + "\(HTML.coordinate(share / top * (width - start - 44)))\" height=\"8\" rx=\"1.5\"/>"
            }
            let end = start + max(shape.baseline[place], shape.current[place]) / top * (width - start - 44) + 5
            return """
                <text x="\(HTML.coordinate(start - 8))" y="\(HTML.coordinate(y + 14))" text-anchor="end">\
                \(HTML.escaped(Self.short(names[place])))</text>\(bar(shape.baseline[place], y + 2, "b"))\
                \(bar(shape.current[place], y + 11, "nb"))<text x="\(HTML.coordinate(end))" y="\(HTML.coordinate(y + 14))">\
                \(HTML.percent(shape.current[place]))</text>
                """
        }
        return """
            <svg viewBox="0 0 \(HTML.coordinate(width)) \(HTML.coordinate(Double(names.count) * row))" role="img" \
            aria-label="baseline and current shares">\(rows.joined())</svg>
            """
    }

    private static func short(_ name: String) -> String {
        name.isEmpty ? "(empty)" : name.count > 17 ? name.prefix(16) + "…" : name
    }
}
