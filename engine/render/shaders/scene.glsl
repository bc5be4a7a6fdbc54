// What every shader knows of the frame: one uniform block, packed by engine/render/scene.py.
layout(std140) uniform Scene {
    mat4 view_projection;
    mat4 head;            // neck and head turn, applied as far as a vertex follows the head
    mat4 eye[2];          // eyeball to head frame: left, right
    vec4 viewpoint;       // camera position, cm
    vec4 mouth;           // x: how far light reaches into the mouth, y: how far the jaw is open, 0..1
    vec4 torso;           // cm that breath and shrug lift in full, slope of the lean, the hips' y
    vec4 lids[2];         // sine of the elevation of the upper and lower lid edges
    vec4 iris_inner, iris_outer;
    vec4 hair_dark, hair_light, beard;
};

// The colour of strands by their tint: hair from dark at 0 to light at 1, a beard from 2 to 3.
vec3 strand_colour(float tint) {
    vec3 hair = mix(hair_dark.rgb, hair_light.rgb, tint);
    return tint < 1.5 ? hair : beard.rgb * mix(0.55, 1.45, tint - 2.0);
}
